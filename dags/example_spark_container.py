"""Any job template, by its name or ID, with the parameters that differ."""

from airflow.sdk import DAG
from longshore.operators import SparkContainerOperator

with DAG("example_spark_container", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:
    SparkContainerOperator(
        task_id="carriers_by_flights",
        job_template_id="spark-to-spark",
        job_template_parameters={
            "source": "(SELECT carrier, COUNT(*) AS flights FROM lake.raw.flights GROUP BY carrier)",
            "target": "lake.example.carriers_by_flights",
            "driver_memory": "2g",
        },
    )
