"""Clients of the services that commands talk to: the EMR Containers API, Airflow, git, and this checkout's cluster."""
