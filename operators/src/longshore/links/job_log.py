"""The button "Job log" on a task's page."""

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class JobLogLink(BaseOperatorLink):
    """The address that the operator has put into XCom under `xcom_key` when it started the job run.

    Airflow's page reads that XCom itself; `get_link` is for the worker, which writes it once more when the task ends.
    """

    @property
    def name(self) -> str:
        return "Job log"

    @property
    def xcom_key(self) -> str:
        return "job_log"

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """The address, or an empty text if no job run was started."""
        from airflow.sdk.execution_time.xcom import XCom

        return XCom.get_value(ti_key=ti_key, key=self.xcom_key) or ""
