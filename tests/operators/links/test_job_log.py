from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk.execution_time.xcom import XCom
from longshore.links.job_log import JobLogLink
from longshore.operators import ContainerOperator, SparkContainerOperator


def test_every_operator_has_the_button() -> None:
    operators = [
        SparkContainerOperator(task_id="t", job_template_id="x"),
        ContainerOperator(task_id="c", image="i", entry_point="e.py"),
    ]
    for operator in operators:
        assert ("Job log", "job_log") in [(link.name, link.xcom_key) for link in operator.operator_extra_links]


@pytest.mark.parametrize(("stored", "shown"), [("http://log", "http://log"), (None, "")])
def test_link_is_what_the_operator_has_stored(monkeypatch: pytest.MonkeyPatch, stored: str | None, shown: str) -> None:
    asked: dict[str, Any] = {}

    def get_value(**arguments: Any) -> str | None:
        asked.update(arguments)
        return stored

    monkeypatch.setattr(XCom, "get_value", get_value)
    key = SimpleNamespace(task_id="t")
    operator = SparkContainerOperator(task_id="t", job_template_id="x")
    assert JobLogLink().get_link(operator, ti_key=key) == shown  # type: ignore[arg-type]
    assert asked == {"ti_key": key, "key": "job_log"}
