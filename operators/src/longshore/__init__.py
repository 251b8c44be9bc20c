"""Airflow provider of the Longshore platform."""

__version__ = "0.1.0"
