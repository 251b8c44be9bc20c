"""A driver that is killed before, at or after the commit of an append, and starts again, has appended its rows once."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from support.waiting import until

from transfers.conftest import World
from transfers.drivers import started_driver
from transfers.places import Place, hold

_OLD, _ROWS = [(1, "old")], [(n, "new") for n in range(2, 18)]
_KEY = "a" * 32 + ":-"
_JOB_RUN = "00killed"
_SAYS = {
    "before": "Nothing was written to {!r}.",
    "at": "It is not known whether {!r} was written: the commit had begun.",
    "after": "{!r} was written: 16 rows.",
}
"""The message that a killed driver leaves for the job's user, by the time of its death relative to the commit."""


@contextmanager
def held_commits(place: Place, table: str) -> Iterator[Callable[[], object]]:
    """Lets commits to the table begin, and not end before the block does; gives what waits until one has begun."""
    if place.name == "lake":
        with place.world.postgres.connect("lake_catalog") as session, session.transaction():
            session.execute("LOCK TABLE iceberg_tables IN SHARE ROW EXCLUSIVE MODE")
            waits = "SELECT 1 FROM pg_locks WHERE relation = 'iceberg_tables'::regclass AND NOT granted"
            yield lambda: until("a commit waits", lambda: session.execute(waits).fetchone(), every=0.05)
        return
    with place.world.postgres.connect("flights") as session, hold(place.world) as held:
        # COMMIT itself waits in a deferred trigger.
        session.execute(
            "CREATE FUNCTION writers.waits() RETURNS trigger LANGUAGE plpgsql AS "
            f"'BEGIN PERFORM pg_advisory_xact_lock_shared({held.number}); RETURN NULL; END';"
            f"CREATE CONSTRAINT TRIGGER waits AFTER INSERT ON writers.{table} DEFERRABLE INITIALLY DEFERRED "
            "FOR EACH ROW EXECUTE FUNCTION writers.waits()"  # type: ignore[arg-type]
        )
        yield held.wait


def finished(done: dict[str, Any]) -> dict[str, Any]:
    assert done["status"] == 0, done
    return done


@pytest.mark.parametrize("when", _SAYS)
@pytest.mark.parametrize("name", ["lake", "database"])
def test_a_driver_that_was_killed_and_starts_again_has_appended_its_rows_once(
    world: World, tmp_path: Path, name: str, when: str
) -> None:
    place, table = Place(world, name), f"killed_{when}"
    says = _SAYS[when].format(place.target(table))
    finished(world.transfers.run(place.transfer(_OLD, table, "overwrite")))

    def kill(begun: Callable[[], object] | None = None, *, held: int | None = None) -> None:
        arguments = place.transfer(_ROWS, table, "append", held=held, commit_key=_KEY)
        with started_driver(world, tmp_path / "driver", _JOB_RUN, arguments) as driver:
            if begun is not None:
                begun()
            driver.says(says)
            driver.kill()
            assert driver.message == says

    if when == "before":
        with hold(world) as lock:
            kill(lock.wait, held=lock.number)
    elif when == "at":
        with held_commits(place, table) as begun:
            kill(begun)
    else:
        kill()
    # It has its target at once: what was killed holds it no longer, or ends its commit.
    done = finished(world.transfers.run(place.transfer(_ROWS, table, "append", commit_key=_KEY)))
    assert place.rows(table) == [*_OLD, *_ROWS]
    # What waited in the database when its driver was killed is committed by it all the same.
    assert done.get("already_committed", {}).get("job_run") == (None if when == "before" else _JOB_RUN)
    with world.postgres.connect("flights") as connection:
        left = connection.execute(r"SELECT relname FROM pg_class WHERE relname LIKE '\_longshore\_killed%'")
        assert left.fetchall() == []
