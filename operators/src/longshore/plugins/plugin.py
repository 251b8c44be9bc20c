"""Airflow's way to the listener, by an entry point: a provider's description is not read in every process."""

from airflow.sdk.plugins_manager import AirflowPlugin

from longshore.plugins import listener


class LongshorePlugin(AirflowPlugin):
    """Registers the listener that cancels job runs of tasks that have ended without their worker or triggerer."""

    name = "longshore"
    listeners = [listener]  # noqa: RUF012
