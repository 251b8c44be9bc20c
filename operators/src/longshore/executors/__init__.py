"""Airflow's executor, which runs tasks."""
