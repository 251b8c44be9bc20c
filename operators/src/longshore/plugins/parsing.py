"""Prepares the DAG processor, before it forks a parser for each DAG file.

A parser inherits what the DAG processor has imported and computed by then; what is missing, each of them does again. Of
the operators' modules that is nothing, because the plugin has imported them. But Airflow imports operators of its
standard provider when it serializes the first task of a process, and fills its caches then: half of a parser's
processor time.
"""

import sys

from airflow.listeners import hookimpl

_DAG_PROCESSOR = "airflow.dag_processing.manager"


@hookimpl
def on_starting(component: object) -> None:  # noqa: ARG001  the name is Airflow's
    """Prepares this process if it is a DAG processor: no other one has imported the module."""
    if _DAG_PROCESSOR in sys.modules:
        prepare()


def prepare() -> None:
    """Makes and serializes a DAG that has one task, as a parser does with those of a file."""
    import airflow.version  # noqa: F401  a parser reads it
    from airflow.sdk import DAG
    from airflow.serialization.serialized_objects import DagSerialization

    from longshore.operators import JdbcToSparkContainerOperator

    dag = DAG("longshore", schedule="@daily", default_args={"owner": "longshore"})
    JdbcToSparkContainerOperator(
        task_id="load", connection_id="database", table="table", target="lake.raw.table", dag=dag
    )
    DagSerialization.to_dict(dag)
