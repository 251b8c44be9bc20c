"""The message that a transfer leaves where Kubernetes and the job server look for it."""

from pathlib import Path

import pytest
from longshore_spark.outcome.progress import Progress, leave_message


def test_the_message_fits_where_kubernetes_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_TERMINATION_LOG", str(tmp_path / "message"))
    leave_message("ü" * 10_000)
    content = (tmp_path / "message").read_bytes()
    assert 1000 < len(content) <= 4096
    assert content.decode().strip("ü") == ""


def test_each_message_says_what_became_of_the_tables_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "message"
    monkeypatch.setenv("LONGSHORE_TERMINATION_LOG", str(file))
    progress = Progress()
    progress.written("lake.a", 3)
    progress.before("Of 3 tables, 1 was written before (a).")
    assert progress.sentence is None
    progress.nothing_written("lake.b")
    assert file.read_text() == "Nothing was written to 'lake.b'. Of 3 tables, 1 was written before (a)."
    progress.commit_started("lake.b")
    assert file.read_text().endswith("the commit had begun. Of 3 tables, 1 was written before (a).")
