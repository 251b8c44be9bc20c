"""The probe of components that have no page of their own."""

import re
import socket
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

TABLE = """
CREATE TABLE job (job_type varchar(30), hostname varchar(500), latest_heartbeat timestamptz);
INSERT INTO job VALUES
  ('SchedulerJob', '10.0.0.1', now() - interval '2 hours'), ('SchedulerJob', '10.0.0.1', now() - interval '5 seconds'),
  ('SchedulerJob', '10.0.0.2', now() - interval '2 hours'), ('TriggererJob', '10.0.0.3', now());
"""


@pytest.fixture
def url_file(database: Callable[[str], str], tmp_path: Path) -> Path:
    path = tmp_path / "url"
    path.write_text(f"{database(TABLE)}\n")
    return path


@pytest.mark.parametrize(
    ("host", "status", "said"),
    [
        ("10.0.0.1", 0, r"last heartbeat \d+ s ago"),
        ("10.0.0.2", 1, r"last heartbeat 7[23]\d\d s ago"),
        ("10.0.0.3", 1, "No SchedulerJob has started"),
    ],
)
def test_probe_tells_a_job_that_beats_from_one_that_does_not(
    alive: ModuleType,
    url_file: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    host: str,
    status: int,
    said: str,
) -> None:
    monkeypatch.setattr(socket, "gethostbyname", lambda _name: host)
    assert alive.main("SchedulerJob", "300", str(url_file)) == status
    assert re.search(said, capsys.readouterr().out)


def test_database_that_is_away_makes_no_pod_start_anew(
    alive: ModuleType, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "url").write_text("postgresql+psycopg2://airflow:canary@127.0.0.1:1/airflow")
    assert alive.main("SchedulerJob", "300", str(tmp_path / "url")) == 0
    said = capsys.readouterr().out
    assert "cannot be read" in said
    assert "canary" not in said


def test_airflow_keeps_heartbeats_where_the_probe_looks() -> None:
    from airflow.jobs.dag_processor_job_runner import DagProcessorJobRunner
    from airflow.jobs.job import Job
    from airflow.jobs.scheduler_job_runner import SchedulerJobRunner
    from airflow.jobs.triggerer_job_runner import TriggererJobRunner

    assert Job.__tablename__ == "job"
    assert {"job_type", "hostname", "latest_heartbeat"} <= set(Job.__table__.columns.keys())
    runners = (SchedulerJobRunner, DagProcessorJobRunner, TriggererJobRunner)
    assert [runner.job_type for runner in runners] == ["SchedulerJob", "DagProcessorJob", "TriggererJob"]
