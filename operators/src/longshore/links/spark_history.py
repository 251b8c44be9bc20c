"""The button "Spark History Server" on the page of a Spark task."""

from longshore.links.stored import StoredLink


class SparkHistoryLink(StoredLink):
    """The job's application in the History Server, which shows it when it has ended."""

    @property
    def name(self) -> str:
        return "Spark History Server"

    @property
    def xcom_key(self) -> str:
        return "spark_history"


def history_address(server: str | None, job_run_id: str) -> str:
    """Returns the job run's address on the History Server at the base URL `server`; empty without one.

    Our server gives each job run the application ID `spark-<job run ID>`.
    """
    return f"{server.rstrip('/')}/history/spark-{job_run_id}/jobs/" if server else ""
