"""The rows of Airflow's database that an ending scheduler changes; faults/airflow has a real one that ends."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from airflow.executors.workloads import ExecuteTask
from airflow.jobs.job import Job
from airflow.models.taskinstance import TaskInstance
from longshore.executors import local_executor
from longshore.executors.ending import return_unstarted, send_heartbeat
from longshore.executors.local_executor import LocalExecutor
from longshore_cli.embedded.postgres import Postgres
from sqlalchemy import Column, MetaData, Table, create_engine, select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

LONG_AGO = datetime(2026, 1, 31, tzinfo=UTC)
MINE, ANOTHER = 1, 2


@pytest.fixture(scope="module")
def tables(postgres: Postgres) -> Iterator[tuple[Any, Any, Any]]:
    """A database with Airflow's two tables, without their constraints: the engine, and both."""
    postgres.ensure_database("ending", password="ending")
    engine = create_engine(postgres.url("ending", password="ending"))
    metadata = MetaData()
    tasks, jobs = (
        Table(table.name, metadata, *(Column(each.name, each.type, primary_key=each.primary_key) for each in table.c))
        for table in (TaskInstance.__table__, Job.__table__)
    )
    metadata.create_all(engine)
    yield engine, tasks, jobs
    engine.dispose()


@pytest.fixture
def session(tables: tuple[Any, Any, Any]) -> Iterator[Session]:
    engine, tasks, jobs = tables
    with Session(engine) as session:
        session.execute(tasks.delete())
        session.execute(jobs.delete())
        for each in (MINE, ANOTHER):
            session.execute(jobs.insert().values(id=each, job_type="SchedulerJob", latest_heartbeat=LONG_AGO))
        session.commit()
        yield session


def task(tables: tuple[Any, Any, Any], session: Session, *, state: str = "queued", job: int = MINE) -> UUID:
    """A task instance in its second try."""
    made = uuid4()
    values = {"id": made, "task_id": "t", "dag_id": "d", "run_id": "r", "map_index": -1, "try_number": 2}
    values |= {"state": state, "queued_by_job_id": job, "queued_dttm": LONG_AGO, "next_method": "execute_complete"}
    session.execute(tables[1].insert().values(**values))
    session.commit()
    return made


def found(tables: tuple[Any, Any, Any], session: Session, made: UUID) -> tuple[Any, ...]:
    columns = tables[1].c
    query = select(columns.state, columns.try_number, columns.queued_by_job_id, columns.next_method)
    return tuple(session.execute(query.where(columns.id == made)).one())


def test_a_task_without_a_process_goes_back_in_the_same_try_and_resumes_where_it_was(
    tables: tuple[Any, Any, Any], session: Session
) -> None:
    queued = task(tables, session)
    assert return_unstarted(session, [queued], job_id=MINE) == 1
    assert found(tables, session, queued) == ("scheduled", 2, None, "execute_complete")


@pytest.mark.parametrize(
    ("state", "job"), [("running", MINE), ("queued", ANOTHER), ("success", MINE), ("scheduled", MINE)]
)
def test_a_task_that_runs_or_that_another_scheduler_has_queued_stays(
    tables: tuple[Any, Any, Any], session: Session, state: str, job: int
) -> None:
    other = task(tables, session, state=state, job=job)
    before = found(tables, session, other)
    assert return_unstarted(session, [other], job_id=MINE) == 0
    assert found(tables, session, other) == before


def test_tasks_that_are_not_named_stay(tables: tuple[Any, Any, Any], session: Session) -> None:
    with_process = task(tables, session)
    assert return_unstarted(session, [], job_id=MINE) == 0
    assert found(tables, session, with_process)[0] == "queued"


def test_a_heartbeat_is_of_the_ending_scheduler_only(tables: tuple[Any, Any, Any], session: Session) -> None:
    send_heartbeat(session, job_id=MINE)
    jobs = tables[2].c
    rows = session.execute(select(jobs.id, jobs.latest_heartbeat)).all()
    beats = {row.id: row.latest_heartbeat for row in rows}
    assert beats[ANOTHER] == LONG_AGO
    assert datetime.now(UTC) - beats[MINE] < timedelta(minutes=5)


def test_an_executor_ends_also_without_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    def unavailable(**_: Any) -> Any:
        raise OperationalError("SELECT", {}, Exception("the database is being replaced"))

    monkeypatch.setattr(local_executor, "create_session", unavailable)
    executor = LocalExecutor(parallelism=1)
    executor.job_id = MINE
    executor.start()
    workers = [*executor.workers.values()]
    executor.queued_tasks[("d", "t")] = ExecuteTask.model_construct(ti=type("", (), {"id": uuid4()})())  # type: ignore[index,arg-type]
    executor.end()
    assert workers
    assert not executor.queued_tasks
