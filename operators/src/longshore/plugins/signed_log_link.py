"""Signs the link "Job log" when Airflow's page asks for it.

A signature in XCom could be used by all who can read XComs, for as long as it is valid. Airflow takes a plugin's link
instead of the operator's own of the same name, and calls it in the API server, after it has checked the user's rights.
For a subclass of an operator Airflow knows no plugin's link: its button has the address without a signature.
"""

import logging
from collections.abc import Callable
from typing import TYPE_CHECKING

from longshore import operators as ours
from longshore.hooks.log_address import log_link
from longshore.links.job_log import JobLogLink

if TYPE_CHECKING:
    from airflow.sdk import BaseOperator
    from airflow.sdk.types import TaskInstanceKey

log = logging.getLogger(__name__)
_KEYS = ("job_run_id", "virtual_cluster_id", "aws_conn_id")


class SignedJobLogLink(JobLogLink):
    """The page with the driver's output, with a signature of this moment.

    Args:
        read: returns the XCom of a key and a task instance, empty if there is none.
    """

    # Their import has a second use. Airflow's DAG processor loads plugins before it forks for each file, so that the
    # operators are imported once, and not in each fork (60 of its 150 ms).
    operators = [getattr(ours, name) for name in ours.__all__]  # noqa: RUF012

    def __init__(self, read: "Callable[[str, TaskInstanceKey], str] | None" = None) -> None:
        self._read = read or _from_database

    def get_link(self, operator: "BaseOperator", *, ti_key: "TaskInstanceKey") -> str:  # noqa: ARG002
        """Returns the address, or an empty text if no job run was started or the link cannot be signed."""
        from longshore.hooks.emr_containers import EmrContainersHook

        job_run_id, virtual_cluster_id, aws_conn_id = (self._read(key, ti_key) for key in _KEYS)
        if not job_run_id or not virtual_cluster_id:
            return ""
        try:
            hook = EmrContainersHook(aws_conn_id or None, virtual_cluster_id=virtual_cluster_id)
            return log_link(hook, job_run_id)
        except Exception as error:  # noqa: BLE001  the page shows the task all the same
            log.warning("There is no link to the log of job run %s: %s", job_run_id, error)
            return ""


def _from_database(key: str, ti_key: "TaskInstanceKey") -> str:
    from airflow.serialization.definitions.operatorlink import XComOperatorLink

    found = XComOperatorLink(name="", xcom_key=key).get_link(None, ti_key=ti_key)  # type: ignore[arg-type]
    return "" if found == "None" else found
