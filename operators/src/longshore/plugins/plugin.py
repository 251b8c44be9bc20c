"""Airflow's way to the listener, by an entry point: a provider's description is not read in every process."""

from airflow.sdk.plugins_manager import AirflowPlugin

from longshore.plugins import listener
from longshore.plugins.signed_log_link import SignedJobLogLink


class LongshorePlugin(AirflowPlugin):
    """Registers the listener that cancels job runs of tasks that have ended without their worker or triggerer.

    It also tags the job runs of appends whose tasks have succeeded, and signs links to jobs' logs.
    """

    name = "longshore"
    listeners = [listener]  # noqa: RUF012
    operator_extra_links = [SignedJobLogLink()]  # noqa: RUF012
