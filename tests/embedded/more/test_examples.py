"""Every example DAG runs, and does what it says."""

from longshore_cli.embedded.platform import Platform
from support.longshore_commands import ROOT

from embedded.conftest import DagRun, run_dags
from embedded.lake import lake_rows
from embedded.test_flights_lake import TABLES


def test_every_example_runs_and_does_what_it_says(platform: Platform, flights_run: DagRun) -> None:
    examples = sorted(path.stem for path in (ROOT / "dags").glob("example_*.py"))
    runs = run_dags(platform, *examples)
    assert runs.states == dict.fromkeys(examples, "success")
    planes = lake_rows(platform, "example.planes", ["tailnum"])
    assert len(planes) == len(set(planes)) == TABLES["planes"]
    assert any("-Xmx2g" in line and "carriers_by_flights" in line for line in runs.command_lines)
