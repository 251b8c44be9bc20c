"""The message that a transfer leaves where Kubernetes and the job server look for it."""

from pathlib import Path

import pytest
from longshore_spark.outcome.progress import leave_message


def test_the_message_fits_where_kubernetes_looks_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LONGSHORE_TERMINATION_LOG", str(tmp_path / "message"))
    leave_message("ü" * 10_000)
    content = (tmp_path / "message").read_bytes()
    assert 1000 < len(content) <= 4096
    assert content.decode().strip("ü") == ""
