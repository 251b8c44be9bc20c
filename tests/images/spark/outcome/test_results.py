"""The result that a transfer leaves for its operator."""

import json

import pytest
from longshore_spark.outcome.results import Result, Side, report


def test_the_result_is_one_line_of_json_behind_its_mark(capsys: pytest.CaptureFixture[str]) -> None:
    report(Result(source=Side(name="a", rows=2), sink=Side(name="b", rows=2, total_rows=4)))
    mark, _, text = capsys.readouterr().out.partition(" ")
    assert mark == "LONGSHORE_RESULT"
    assert json.loads(text) == {"source": {"name": "a", "rows": 2}, "sink": {"name": "b", "rows": 2, "total_rows": 4}}
