import base64
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

PROGRAM = Path(__file__).parents[3] / "images/delay-report/app/run_function.py"


def _run(source: str, *args: Any, **kwargs: Any) -> "subprocess.CompletedProcess[str]":
    words = [base64.b64encode(source.encode()).decode(), json.dumps({"args": args, "kwargs": kwargs})]
    return subprocess.run([sys.executable, str(PROGRAM), "work", *words], capture_output=True, text=True, check=False)


def test_the_functions_result_is_the_last_line() -> None:
    done = _run(
        "def work(a, *, b):\n    import math\n    print('working')\n    return {'sum': math.fsum([a, b])}\n", 1, b=2
    )
    assert done.stdout.splitlines() == ["working", 'LONGSHORE_RESULT {"sum": 3.0}']


@pytest.mark.parametrize(
    ("body", "message"),
    [("raise ValueError('no such table')", "no such table"), ("return {1, 2}", "result of 'work' cannot be JSON")],
)
def test_an_error_fails_the_program_and_says_why(body: str, message: str) -> None:
    done = _run(f"def work():\n    {body}\n")
    assert done.returncode == 1
    assert message in done.stderr
