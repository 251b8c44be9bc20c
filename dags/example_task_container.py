"""A function whose body runs in another image: it sees what that image has, and Airflow has not."""

from airflow.sdk import DAG, task

with DAG("example_task_container", schedule=None, default_args={"owner": "data-platform"}, tags=["example"]) as dag:

    @task.container(image="delay-report")
    def drawn_by(library: str) -> dict[str, str]:
        from importlib.metadata import version

        return {"library": library, "version": version(library)}

    drawn_by("matplotlib")
