"""The main pipeline: five tables of a database to the lake, a mart, the mart back to the database, a picture.

A large table is a task of its own. Small ones share a job, whose start would take longer than their rows.
"""

from airflow.sdk import DAG
from longshore.operators import (
    ContainerOperator,
    JdbcToSparkContainerOperator,
    SparkToJdbcContainerOperator,
    SparkToSparkContainerOperator,
)

TABLES = ("flights", "weather")
DIMENSIONS = ("planes", "airports", "airlines")

with DAG(
    "flights_lake",
    description="flights_db → lake.raw.* → lake.mart.route_delays → serving.route_delays → a picture",
    schedule=None,
    default_args={"owner": "data-platform"},
    tags=["lake"],
) as dag:
    loads = [
        JdbcToSparkContainerOperator(
            task_id=f"load_{table}",
            connection_id="flights_db",
            table=table,
            target=f"lake.raw.{table}",
            engine="auto",
        )
        for table in TABLES
    ]
    load_dimensions = JdbcToSparkContainerOperator(
        task_id="load_dimensions",
        connection_id="flights_db",
        tables=DIMENSIONS,
        target="lake.raw.{table}",
        engine="auto",
    )
    build_mart = SparkToSparkContainerOperator(
        task_id="build_mart", sql="sql/route_delays.sql", target="lake.mart.route_delays"
    )
    serve_mart = SparkToJdbcContainerOperator(
        task_id="serve_mart",
        table="lake.mart.route_delays",
        connection_id="flights_db",
        target="serving.route_delays",
    )
    draw_delays = ContainerOperator(
        task_id="draw_delays",
        image="delay-report",
        entry_point="delay_report.py",
        arguments=["--connection", "flights_db", "--table", "serving.route_delays", "--reports", "reports"],
    )
    [*loads, load_dimensions] >> build_mart >> serve_mart >> draw_delays
