import io
import os
import tarfile
from pathlib import Path

from longshore_cli.cluster.docker import archive


def test_a_builds_context_is_the_same_bytes_whoever_made_the_files_and_when(tmp_path: Path) -> None:
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
