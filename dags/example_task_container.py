"""A function whose body runs in another image: it imports what that image has, and Airflow has not."""

from airflow.sdk import DAG, task

with DAG("example_task_container", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:

    @task.container(image="delay-report")
    def drawn_by() -> dict[str, str]:
        import matplotlib

        return {"library": "matplotlib", "version": matplotlib.__version__}

    @task.container(image="delay-report")
    def say(drawing: dict[str, str]) -> str:
        return f"Delays are drawn by {drawing['library']} {drawing['version']}."

    say(drawn_by())
