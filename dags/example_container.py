"""A task in an image of its own, whose versions need not agree with Airflow's or with any other task's."""

from airflow.sdk import DAG
from longshore.operators import ContainerOperator

with DAG("example_container", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:
    ContainerOperator(
        task_id="draw_delays",
        image="delay-report",
        entry_point="delay_report.py",
        arguments=["--connection", "flights_db", "--table", "serving.route_delays", "--reports", "reports"],
    )
