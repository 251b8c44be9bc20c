"""The program tells what is wrong with its settings, and keeps what it keeps under its own names."""

import subprocess
import sys
from pathlib import Path

from environments.main import operator_settings

PROGRAM = [sys.executable, "-c", "from environments.main import run; run()"]


def test_settings_that_are_not_there_end_it_with_a_line(tmp_path: Path) -> None:
    done = subprocess.run(
        [*PROGRAM, f"--settings={tmp_path / 'none.yaml'}"], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 2
    assert done.stderr.startswith("environments: The settings")
    assert "Traceback" not in done.stderr


def test_what_is_kept_on_objects_has_our_names() -> None:
    settings = operator_settings()
    assert settings.persistence.finalizer == "longshore.dev/environment"
    assert settings.peering.standalone
