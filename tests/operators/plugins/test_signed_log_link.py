import urllib.parse
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from longshore.operators import ContainerOperator, SparkContainerOperator
from longshore.plugins.signed_log_link import SignedJobLogLink

STORED = {"job_run_id": "j1", "virtual_cluster_id": "vc1", "aws_conn_id": "aws_default"}
KEY: Any = SimpleNamespace(dag_id="d", task_id="t", run_id="r", map_index=-1)


def _link(stored: dict[str, str]) -> str:
    return SignedJobLogLink(lambda key, ti_key: stored.get(key, "") if ti_key is KEY else "").get_link(
        None,  # type: ignore[arg-type]
        ti_key=KEY,
    )


def test_link_is_signed_when_the_page_asks_for_it(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, virtual_cluster_id=None)
    link = urllib.parse.urlsplit(_link(STORED))
    assert f"{link.scheme}://{link.netloc}{link.path}" == f"{api.url}/virtualclusters/vc1/jobruns/j1/logs"
    assert int(urllib.parse.parse_qs(link.query)["X-Amz-Expires"][0]) <= 3600
    assert "canary-password" not in link.query
    assert api.requests == []


@pytest.mark.parametrize("stored", [{}, STORED | {"aws_conn_id": "nowhere"}])
def test_link_that_cannot_be_made_is_empty(stored: dict[str, str]) -> None:
    assert _link(stored) == ""


def test_airflows_page_takes_it_for_every_operator_instead_of_what_is_in_xcom() -> None:
    with DAG("d", schedule=None) as dag:
        SparkContainerOperator(task_id="s", job_template_id="x")
        ContainerOperator(task_id="c", image="i", entry_point="e.py")
        SparkContainerOperator.partial(task_id="m", job_template_id="x").expand(name=["a", "b"])
    shown = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    for task in shown.tasks:
        link = task.operator_extra_link_dict["Job log"]
        assert type(link).__name__ == "SignedJobLogLink", task.task_id
