"""What a transfer leaves for those who wait for it."""

import json
from pathlib import Path

import pytest
from longshore_spark.results import Result, Side, leave_message, report


def test_the_result_is_one_line_of_json_behind_its_mark(capsys: pytest.CaptureFixture[str]) -> None:
    report(Result(source=Side(name="a", rows=2), sink=Side(name="b", rows=2, total_rows=4)))
    mark, _, text = capsys.readouterr().out.partition(" ")
    assert mark == "LONGSHORE_RESULT"
    assert json.loads(text) == {"source": {"name": "a", "rows": 2}, "sink": {"name": "b", "rows": 2, "total_rows": 4}}


def test_the_message_fits_where_kubernetes_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_TERMINATION_LOG", str(tmp_path / "message"))
    leave_message("ü" * 10_000)
    content = (tmp_path / "message").read_bytes()
    assert 1000 < len(content) <= 4096
    assert content.decode().strip("ü") == ""
