"""The README's commands, links and code exist."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()


@pytest.mark.parametrize("target", re.findall(r"\]\(([^)#]+)\)", README))
def test_a_link_leads_somewhere(target: str) -> None:
    assert (ROOT / target).exists()


def test_its_make_commands_exist() -> None:
    shown = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for command in set(re.findall(r"make ([a-z-]+)(?=`| +#|\n)", README)) - {"help"}:
        assert f"make {command} " in shown


def test_its_code_is_in_the_main_dag() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    arguments = dict(re.findall(r'(\w+)="([^"]+)"', code))
    assert arguments == {
        "task_id": "load_flights",
        "connection_id": "flights_db",
        "table": "flights",
        "target": "lake.raw.flights",
    }
    from longshore.operators import JdbcToSparkContainerOperator

    assert JdbcToSparkContainerOperator(**arguments).job_template_id == "jdbc-to-spark"


def test_the_first_screen_says_what_for_whom_and_the_two_commands() -> None:
    first = "\n".join(README.splitlines()[:20])
    for expected in ("A reference data platform", "for engineers who", "make demo", "make test"):
        assert expected in first
