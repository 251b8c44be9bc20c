"""Decorators of TaskFlow, `@task.…`; Airflow finds them by the provider's description."""
