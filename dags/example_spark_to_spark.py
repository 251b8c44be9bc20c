"""SQL over the lake to a table of the lake, and one table to another."""

from airflow.sdk import DAG
from longshore.operators import SparkToSparkContainerOperator

with DAG("example_spark_to_spark", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:
    by_sql = SparkToSparkContainerOperator(
        task_id="by_sql",
        sql="SELECT manufacturer, COUNT(*) AS planes FROM lake.raw.planes GROUP BY manufacturer",
        target="lake.example.manufacturers",
    )
    copied = SparkToSparkContainerOperator(
        task_id="copied", table="lake.example.manufacturers", target="lake.example.manufacturers_copy"
    )
    by_sql >> copied
