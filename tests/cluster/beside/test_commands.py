"""The commands that the README shows, against the cluster that they are for."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
from cluster.job_namespaces import ONE_EXECUTOR, SLOW_JOB, JobNamespace
from cluster.parts import ROOT, Cluster

LONGSHORE = str(Path(sys.executable).parent / "longshore")


def longshore(*words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run([LONGSHORE, *words], cwd=ROOT, capture_output=True, text=True, timeout=300, check=False)


def test_status_says_that_all_parts_are_ready(cluster: Cluster) -> None:
    done = longshore("cluster", "status")
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "cluster: ready"


def test_job_runs_are_listed_read_and_cancelled(jobs: JobNamespace) -> None:
    run = jobs.start_spark(SLOW_JOB, "60", "3", parameters=ONE_EXECUTOR)
    jobs.running(run, "executor")
    where = ("--virtual-cluster", jobs.name)
    assert run in longshore("jobs", "list", *where).stdout
    cancelled = longshore("jobs", "cancel", run, *where)
    assert cancelled.returncode == 0, cancelled.stderr
    assert jobs.describe(run)["state"] == "CANCELLED"
    assert longshore("jobs", "logs", run, *where).returncode == 0


PAGE = (ROOT / "docs" / "cluster.md").read_text()
SHOWN = [
    line.split("#")[0].split()[1:]
    for block in re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("longshore ")
]
ENDS_IT = ["cluster", "down"]
"""The command that deletes the cluster: `tests/cluster/run` runs it after all tests."""


@pytest.mark.parametrize(
    "words", [words for words in SHOWN if words not in (ENDS_IT, ["dags", "deploy"])], ids=" ".join
)
def test_what_the_clusters_page_shows_works(cluster: Cluster, words: list[str]) -> None:
    done = longshore(*words)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip()


def test_the_page_shows_how_to_begin_and_how_to_end() -> None:
    assert ENDS_IT in SHOWN
    assert ["dags", "deploy"] in SHOWN
    assert "make cluster " in PAGE
    assert "make test-cluster" in PAGE
