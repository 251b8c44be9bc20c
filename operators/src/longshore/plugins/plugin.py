"""Airflow's way to the listener, by an entry point: a provider's description is not read in every process."""

from airflow.sdk.plugins_manager import AirflowPlugin

from longshore.plugins import listener, parsing
from longshore.plugins.signed_log_link import SignedJobLogLink


class LongshorePlugin(AirflowPlugin):
    """Registers the listener that cancels job runs of tasks that have ended without their worker or triggerer.

    It also tags the job runs of appends whose tasks have succeeded, signs links to jobs' logs, and prepares the DAG
    processor.
    """

    name = "longshore"
    listeners = [listener, parsing]  # noqa: RUF012
    operator_extra_links = [SignedJobLogLink()]  # noqa: RUF012
