"""A page of ListJobRuns among many: its plan reads an index from its place on, on SQLite and on PostgreSQL."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import Any

import pytest
from emr_containers.operations.pages import LARGEST_BYTES, listed, page
from emr_containers.store.database import Database
from emr_containers.store.tables import JobRun
from hypothesis import given, settings
from hypothesis import strategies as st
from longshore_cli.embedded.postgres import Postgres
from sqlalchemy import Select, select, text
from sqlalchemy.orm import Session

RUNS = 200_000
_NUMBERS = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :runs)"
_ROWS = """
INSERT INTO job_runs (id, name, client_token, request_digest, created_at, created_by, tags, virtual_cluster_id, state,
  spec, attempt, not_before)
SELECT 'r' || i, 'name' || (i % 5), 't' || i, '', i / 10, 'x', '{}', 'vc' || (i % 50), 'COMPLETED', '{}', 1, 0
"""


@pytest.fixture(scope="module")
def sqlite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path_factory.mktemp('pages') / 'runs.sqlite'}")
    with database.write() as session:
        session.execute(text(f"{_NUMBERS} {_ROWS} FROM n"), {"runs": RUNS})
    yield database
    database.close()


@pytest.fixture(scope="module")
def postgresql(postgres: Postgres) -> Iterator[Database]:
    postgres.ensure_database("pages", password="canary")
    database = Database(f"postgresql+psycopg://pages:canary@{postgres.host}:{postgres.port}/pages")
    with database.write() as session:
        session.execute(text(f"{_ROWS} FROM generate_series(1, :runs) AS i"), {"runs": RUNS})
    with database.write() as session:
        session.execute(text("ANALYZE job_runs"))
    yield database
    database.close()


MOMENT = datetime.fromtimestamp(12_000, UTC)
REQUESTS: list[dict[str, Any]] = [
    {},
    {"name": "name1"},
    {"states": ["RUNNING"]},
    {"createdAfter": MOMENT},
    {"createdBefore": MOMENT},
]


def query(request: dict[str, Any]) -> Select[JobRun]:
    found = select(JobRun).where(JobRun.virtual_cluster_id == "vc1")
    if "name" in request:
        found = found.where(JobRun.name == request["name"])
    if "states" in request:
        found = found.where(JobRun.state.in_(request["states"]))
    return listed(found, JobRun, request, after=(15_000.0, "r150000")).limit(101)


def compiled(session: Session, request: dict[str, Any]) -> str:
    dialect = session.get_bind().dialect
    return str(query(request).compile(dialect=dialect, compile_kwargs={"literal_binds": True}))


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_case_7_a_page_of_sqlite_reads_an_index_and_sorts_nothing(sqlite: Database, request_: dict[str, Any]) -> None:
    with sqlite.read() as session:
        plan = [row[3] for row in session.execute(text(f"EXPLAIN QUERY PLAN {compiled(session, request_)}"))]
    assert len(plan) == 1, plan
    assert "USING INDEX ix_job_runs_listed" in plan[0]
    assert "(created_at,id)<(?,?)" in plan[0] or "created_at<?" in plan[0]


@pytest.mark.parametrize("request_", REQUESTS, ids=str)
def test_case_7_a_page_of_postgresql_reads_few_rows(postgresql: Database, request_: dict[str, Any]) -> None:
    with postgresql.read() as session:
        statement = compiled(session, request_).replace("%", "%%")
        plan = session.scalar(text(f"EXPLAIN (ANALYZE, FORMAT JSON) {statement}"))
    nodes = [plan[0]["Plan"]]
    for node in nodes:
        nodes += node.get("Plans", [])
    assert max(node["Actual Rows"] + node.get("Rows Removed by Filter", 0) for node in nodes) <= RUNS / 20, nodes


NUMBERS = count()
RUN = st.tuples(st.integers(0, 3), st.sampled_from([0, 1_000, 200_000, LARGEST_BYTES // 2, 2 * LARGEST_BYTES]))
"""A run's time, which others may have too, and the bytes of its arguments."""


def add_runs(database: Database, cluster: str, runs: list[tuple[int, int]]) -> None:
    with database.write() as session:
        for number, (created, size) in enumerate(runs):
            members: dict[str, Any] = {"id": f"{cluster}-{number}", "client_token": f"{cluster}-{number}"}
            members |= {"request_digest": "", "created_by": "x", "tags": {"k": "\u00e9"}, "virtual_cluster_id": cluster}
            session.add(JobRun(state="COMPLETED", created_at=float(created), spec={"a": "x" * size}, **members))


@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_case_7_pages_hold_every_run_once_in_order_and_few_bytes(kind: str, request: pytest.FixtureRequest) -> None:
    database: Database = request.getfixturevalue(kind)

    @settings(max_examples=12, derandomize=True)
    @given(runs=st.lists(RUN, max_size=8), most=st.integers(1, 9))
    def holds(runs: list[tuple[int, int]], most: int) -> None:
        cluster = f"bytes{next(NUMBERS)}"
        add_runs(database, cluster, runs)
        found, values = [], {"maxResults": most}
        query = select(JobRun).where(JobRun.virtual_cluster_id == cluster)
        while True:
            with database.read() as session:
                rows, token = page(session, query, JobRun, values)
            held = sum(len(json.dumps([row.spec, row.tags])) for row in rows)
            assert len(rows) <= most
            assert held <= LARGEST_BYTES or len(rows) == 1
            found += rows
            if token is None:
                break
            assert rows, "a page before the last is not empty"
            values = values | {"nextToken": token}
        expected = [(float(created), f"{cluster}-{number}") for number, (created, _size) in enumerate(runs)]
        assert [(row.created_at, row.id) for row in found] == sorted(expected, reverse=True)

    holds()


def test_case_7_pages_are_as_long_as_their_bytes_allow(sqlite: Database) -> None:
    add_runs(sqlite, "long", [(number, LARGEST_BYTES // 4 - 100) for number in range(9)])
    query, values, lengths = select(JobRun).where(JobRun.virtual_cluster_id == "long"), {}, []
    token: str | None = ""
    while token is not None:
        with sqlite.read() as session:
            rows, token = page(session, query, JobRun, values)
        lengths.append(len(rows))
        values = {"nextToken": token}
    assert lengths == [4, 4, 1]
