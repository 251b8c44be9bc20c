"""The button "Job log" on a task's page."""

from longshore.links.stored import StoredLink


class JobLogLink(StoredLink):
    """The page with the driver's output."""

    @property
    def name(self) -> str:
        return "Job log"

    @property
    def xcom_key(self) -> str:
        return "job_log"
