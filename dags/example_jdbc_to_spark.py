"""A database's table to the lake: whole, and by a query merged by key."""

from airflow.sdk import DAG
from longshore.operators import JdbcToSparkContainerOperator

with DAG("example_jdbc_to_spark", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:
    whole = JdbcToSparkContainerOperator(
        task_id="whole", connection_id="flights_db", table="planes", target="lake.example.planes"
    )
    changed = JdbcToSparkContainerOperator(
        task_id="changed",
        connection_id="flights_db",
        query="SELECT * FROM planes WHERE year >= 2010",
        target="lake.example.planes",
        mode="merge",
        key="tailnum",
        partition_column="year",
    )
    whole >> changed
