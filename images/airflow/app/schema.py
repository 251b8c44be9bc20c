"""Migrates Airflow's database to this image's schema: the first step of every pod that uses the database.

The pods of a release start together. The first one migrates, under a lock of the database; the others wait for it. So
there is no migration job that a hook, a `--wait` or a pruned object could prevent, and an emptied database is filled
again by the next pod that starts. If the schema is right, as it nearly always is, this takes a tenth of a second:
Airflow itself takes seconds of CPU time to import, and is imported only to migrate.

    schema.py <file with the database's SQLAlchemy URL>
"""

import re
import subprocess
import sys
import time
from importlib.util import find_spec
from pathlib import Path

import psycopg2

LOCK = 0x6C6F6E67  # any number that no other lock has: "long"
_REVISION = re.compile(r"^(down_)?revision\s*=\s*[\"']([0-9a-f]+)[\"']", re.MULTILINE)


def revisions(folder: Path) -> tuple[set[str], str]:
    """Returns all revisions of the migration scripts in `folder`, and the newest one."""
    known: set[str] = set()
    followed: set[str] = set()
    for script in folder.glob("*.py"):
        for down, revision in _REVISION.findall(script.read_text()):
            (followed if down else known).add(revision)
    (head,) = known - followed
    return known, head


def connect(
    url: str, *, patience: float = 600.0, pause: float = 1.0, say: float = 10.0
) -> "psycopg2.extensions.connection":
    """Returns a connection as soon as the database accepts one; it may be starting at the same time.

    Args:
        url: the database's SQLAlchemy URL.
        patience: the seconds that this may take.
        pause: seconds between two attempts.
        say: seconds between two log lines about it.
    """
    began, said = time.monotonic(), 0.0
    while True:
        try:
            connection = psycopg2.connect(re.sub(r"^postgresql\+\w+:", "postgresql:", url), connect_timeout=5)
            connection.autocommit = True  # an open transaction would block the migration
            return connection
        except psycopg2.OperationalError as error:
            waited = time.monotonic() - began
            if waited > patience:
                raise SystemExit(f"The database did not answer for {waited:.0f} s: {error}") from error
            if waited - said >= say:
                said = waited
                print(f"Waiting for the database: {' '.join(str(error).split())}", flush=True)
            time.sleep(pause)


def current(connection: "psycopg2.extensions.connection") -> str | None:
    """Returns the revision of the database; None if it is empty."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('alembic_version')")
        if cursor.fetchone() == (None,):
            return None
        cursor.execute("SELECT version_num FROM alembic_version")
        row = cursor.fetchone()
        return None if row is None else str(row[0])


def bring_up(url: str, *, scripts: Path, migrate: list[str]) -> str:
    """Migrates if that is needed, and returns the result as a sentence.

    Raises:
        SystemExit: the schema belongs to a later Airflow, or the migration fails.
    """
    known, head = revisions(scripts)
    connection = connect(url)
    if (found := current(connection)) == head:
        return f"The schema is at {head}."
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", (LOCK,))  # released when the connection ends, however it ends
    if (found := current(connection)) == head:
        return f"Another pod has brought the schema to {head}."
    if found is not None and found not in known:
        raise SystemExit(
            f"The schema is at {found}, which this Airflow does not know, so a later version has migrated it. Use the "
            "image of that version, or downgrade with it first: airflow db downgrade."
        )
    done = subprocess.run(migrate, check=False)
    if done.returncode != 0 or (found := current(connection)) != head:
        raise SystemExit(f"The migration ended with status {done.returncode} and the schema at {found}, not {head}.")
    return f"The schema was brought to {head}."


if __name__ == "__main__":
    airflow = find_spec("airflow")  # found, not imported
    if airflow is None or airflow.origin is None:
        raise SystemExit("Airflow is not installed here: run this in the image longshore/airflow.")
    scripts = Path(airflow.origin).parent / "migrations/versions"
    print(bring_up(Path(sys.argv[1]).read_text().strip(), scripts=scripts, migrate=["airflow", "db", "migrate"]))
