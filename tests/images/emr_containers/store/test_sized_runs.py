from collections.abc import Iterator
from pathlib import Path

import pytest
from emr_containers.store.database import Database
from emr_containers.store.sized_runs import KEPT, KEPT_SECONDS, delete_old, read_runs, signatures
from emr_containers.store.tables import SizedRun


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(f"sqlite:///{tmp_path / 'jobs.sqlite'}")
    yield database
    database.close()


def add(database: Database, number: int, *, signature: str = "a", at: float | None = None, read: bool = True) -> None:
    with database.write() as session:
        session.add(
            SizedRun(
                id=f"{signature}{number}",
                virtual_cluster_id="vc",
                signature=signature,
                created_at=float(number) if at is None else at,
                planned={},
                outcome={} if read else None,
                read_at=1.0 if read else None,
            )
        )


def test_a_history_is_bounded_in_number_and_age_and_waits_for_runs_that_have_not_ended(database: Database) -> None:
    for number in range(KEPT + 5):
        add(database, number + 1000)
    add(database, 0, read=False)
    add(database, 1, signature="old")
    add(database, 1000, signature="b")
    with database.write() as session:
        delete_old(session, cluster="vc", signature="a", now=KEPT_SECONDS + 2)
        kept = [row.id for row in read_runs(session, cluster="vc", signature="a")]
        assert kept == [f"a{number + 1005}" for number in range(KEPT)]
        assert session.get(SizedRun, "a0") is not None
        assert signatures(session, cluster="vc") == ["a", "b"]
        assert signatures(session, cluster="other") == []
