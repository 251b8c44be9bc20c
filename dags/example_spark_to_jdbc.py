"""A table of the lake to a database, replaced in one transaction."""

from airflow.sdk import DAG
from longshore.operators import SparkToJdbcContainerOperator

with DAG("example_spark_to_jdbc", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:
    SparkToJdbcContainerOperator(
        task_id="airports",
        sql="SELECT faa, name, lat, lon FROM lake.raw.airports WHERE alt > 5000",
        connection_id="flights_db",
        target="serving.high_airports",
    )
