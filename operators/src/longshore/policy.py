"""Airflow's cluster policy: a DAG with a tag `only:<environment>` exists in that environment only.

So one branch serves all environments: a DAG that must not run in production, or only there, has a tag. Airflow finds
this module by its entry point `airflow.policy`, in every process that reads DAG files: it imports nothing heavy.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from airflow.policies import hookimpl

if TYPE_CHECKING:
    from airflow.sdk import DAG

_ONLY = "only:"


@hookimpl
def dag_policy(dag: "DAG") -> None:
    """Skips DAGs of other environments; the name of this one is the option `[longshore] environment_name`.

    Raises:
        AirflowClusterPolicyViolation: a tag names no environment; Airflow shows it as the file's import error.
        AirflowClusterPolicySkipDag: the DAG is for other environments.
    """
    from airflow.exceptions import AirflowClusterPolicySkipDag, AirflowClusterPolicyViolation
    from airflow.sdk.configuration import conf

    environments = only_for(dag.tags)
    if "" in environments:
        raise AirflowClusterPolicyViolation(
            f"The DAG {dag.dag_id!r} has the tag {_ONLY!r}, which names no environment: write {_ONLY}<environment>, "
            "or leave the tag out."
        )
    name = conf.get("longshore", "environment_name", fallback="production")
    if environments and name not in environments:
        raise AirflowClusterPolicySkipDag(f"The DAG {dag.dag_id!r} is for {', '.join(sorted(environments))}.")


def only_for(tags: Iterable[str]) -> frozenset[str]:
    """Returns the environments that a DAG with these tags is for (none: all). An empty text is a tag without name."""
    return frozenset(tag.removeprefix(_ONLY).strip() for tag in tags if tag.startswith(_ONLY))
