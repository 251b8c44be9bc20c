import io
import os
import tarfile
from pathlib import Path

from longshore_cli.cluster.engine.docker import archive


def test_owners_and_times_of_files_do_not_change_a_builds_context(tmp_path: Path) -> None:
    script, text = tmp_path / "run", tmp_path / "text"
    script.write_text("#!/bin/sh\n")
    script.chmod(0o700)
    text.write_text("hello")
    first = archive([("bin/run", script), ("text", text)])
    os.utime(text, (1, 1))
    text.chmod(0o664)
    assert archive([("bin/run", script), ("text", text)]) == first
    with tarfile.open(fileobj=io.BytesIO(first)) as content:
        assert {entry.name: oct(entry.mode) for entry in content} == {"bin/run": "0o755", "text": "0o644"}
        assert {(entry.uid, entry.uname, entry.mtime) for entry in content} == {(0, "", 0)}
