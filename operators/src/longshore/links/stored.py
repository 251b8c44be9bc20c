"""A button on a task's page whose address the operator puts into XCom when it starts the job run."""

from typing import TYPE_CHECKING

from airflow.sdk import BaseOperatorLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey


class StoredLink(BaseOperatorLink):
    """The address under `xcom_key`.

    Airflow's page reads that XCom itself; `get_link` is for the worker, which writes it once more when the task ends.
    """

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """Returns the address, or an empty text if no job run was started."""
        from airflow.sdk.execution_time.xcom import XCom

        return XCom.get_value(ti_key=ti_key, key=self.xcom_key) or ""
