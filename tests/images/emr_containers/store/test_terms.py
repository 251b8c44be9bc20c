"""Terms of a dispatching server: their leases, and their numbers in the database."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from emr_containers.exceptions import TermEndedError
from emr_containers.store.database import Database
from emr_containers.store.terms import Term, boot_clock
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from longshore_cli.embedded.postgres import Postgres


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    if request.param == "postgresql":
        postgres: Postgres = request.getfixturevalue("postgres")
        postgres.ensure_database("terms", password="canary")
        url = f"postgresql+psycopg://terms:canary@{postgres.host}:{postgres.port}/terms"
    database = Database(url)
    yield database
    database.close()


@settings(max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(writers=st.lists(st.integers(min_value=0, max_value=3), min_size=1, max_size=6))
def test_only_the_latest_term_writes(database: Database, writers: list[int]) -> None:
    terms = [database.begin_term() for _ in range(4)]
    for writer in writers:
        try:
            with database.write(term=terms[writer]):
                written = True
        except TermEndedError:
            written = False
        assert written == (writer == 3)
    assert [term.generation for term in terms] == sorted({term.generation for term in terms})


def test_a_term_whose_lease_has_run_out_writes_nothing_although_no_other_has_begun(database: Database) -> None:
    term = database.begin_term()
    term.ends_at = boot_clock()
    with pytest.raises(TermEndedError, match="has run out"), database.write(term=term):
        raise AssertionError


def test_a_term_that_was_ended_stays_so() -> None:
    term = Term(generation=1)
    term.check()
    term.end()
    with pytest.raises(TermEndedError):
        term.check()
