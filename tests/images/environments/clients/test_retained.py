"""Rows go from one Airflow's tables to another's as Airflow reads them: on a real PostgreSQL, by its own models."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from cryptography.fernet import Fernet
from environments.build.retained_rows import developer_rows
from environments.clients.postgres import Databases
from environments.clients.retained import RetainedRows
from environments.exceptions import DatabaseError, RetentionError
from images.environments.clients.test_postgres import databases
from longshore_cli.embedded.postgres import Postgres
from sqlalchemy import create_engine
from sqlalchemy.orm import Session

__all__ = ["databases"]
KEY = Fernet.generate_key().decode()


@pytest.fixture(autouse=True)
def fernet_key(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    from airflow.models import crypto

    monkeypatch.setenv("AIRFLOW__CORE__FERNET_KEY", KEY)
    crypto.get_fernet.cache_clear()
    yield
    crypto.get_fernet.cache_clear()


def airflow(databases: Databases, postgres: Postgres, name: str) -> Session:
    """A session in an environment's database, with Airflow's tables, and its own pool."""
    from airflow.models import Connection, Pool, Variable
    from airflow.models.team import Team

    asyncio.run(databases.ensure(name, uid="u", password="p"))
    engine = create_engine(f"postgresql+psycopg2://{name}:p@{postgres.host}:{postgres.port}/{name}")
    tables: list[Any] = [each.metadata.tables[each.__tablename__] for each in (Connection, Pool, Variable, Team)]
    Connection.metadata.create_all(engine, tables=tables)
    session = Session(engine)
    session.add(Pool(pool="default_pool", slots=128, description="Default pool", include_deferred=False))
    session.commit()
    return session


def ended(session: Session) -> None:
    session.close()
    session.get_bind().dispose()  # type: ignore[union-attr]


def test_what_a_developer_made_is_there_again_and_readable(databases: Databases, postgres: Postgres) -> None:
    from airflow.models import Connection, Pool, Variable

    before, rows = airflow(databases, postgres, "env_before"), RetainedRows(databases)
    before.add(Connection(conn_id="db", conn_type="postgres", host="h", port=5432, password="sécret", extra='{"a": 1}'))
    before.add(Variable(key="region", val="eu"))
    before.add(Pool(pool="mine", slots=-1, description='"; DROP', include_deferred=True))
    before.query(Pool).filter_by(pool="default_pool").one().slots = 7
    before.commit()
    tables = developer_rows(asyncio.run(rows.read("env_before", password="p")), fernet_key=KEY)
    assert "sécret" not in str(tables)

    after = airflow(databases, postgres, "env_after")
    after.add(Variable(key="region", val="us"))  # what is there stays
    after.commit()
    for _ in range(2):
        asyncio.run(rows.write("env_after", tables, password="p"))
    connection = after.query(Connection).one()
    assert (connection.conn_id, connection.port, connection.password) == ("db", 5432, "sécret")
    assert connection.extra == '{"a": 1}'
    assert [each.val for each in after.query(Variable)] == ["us"]
    pools = {each.pool: (each.slots, each.include_deferred) for each in after.query(Pool)}
    assert pools == {"default_pool": (7, False), "mine": (-1, True)}
    after.add(Connection(conn_id="next", conn_type="aws"))  # by the database's own next ID
    after.commit()
    for session in (before, after):
        ended(session)


def test_a_database_without_tables_gives_nothing_and_takes_nothing(databases: Databases) -> None:
    rows = RetainedRows(databases)
    asyncio.run(databases.ensure("env_empty", uid="u", password="p"))
    found = asyncio.run(rows.read("env_empty", password="p"))
    assert found == {"connection": [], "variable": [], "slot_pool": []}
    asyncio.run(rows.write("env_empty", found, password="p"))
    with pytest.raises(DatabaseError, match="no table 'variable' yet"):
        asyncio.run(rows.write("env_empty", {"variable": [{"key": "a", "val": "b"}]}, password="p"))


def test_columns_of_another_version_are_left_out_and_a_row_that_cannot_be_stops_all(
    databases: Databases, postgres: Postgres
) -> None:
    from airflow.models import Variable

    session, rows = airflow(databases, postgres, "env_columns"), RetainedRows(databases)
    good = {"id": 9, "key": "a", "val": "b", "is_encrypted": False, "team_name": "gone", "of_later": 1}
    with pytest.raises(DatabaseError, match="rows of an earlier environment into"):
        asyncio.run(rows.write("env_columns", {"variable": [good, {"key": "k" * 300, "val": "v"}]}, password="p"))
    assert session.query(Variable).count() == 0
    asyncio.run(rows.write("env_columns", {"variable": [good]}, password="p"))
    assert [(each.key, each.val) for each in session.query(Variable)] == [("a", "b")]
    ended(session)


def test_more_than_can_be_kept_is_told_and_not_fetched(databases: Databases, postgres: Postgres) -> None:
    from airflow.models import Variable

    session = airflow(databases, postgres, "env_too_much")
    session.add(Variable(key="big", val="x" * 3_000_000))
    session.commit()
    with pytest.raises(RetentionError, match="'too-much' are more than the 1024 KiB"):
        asyncio.run(RetainedRows(databases).read("env_too_much", password="p"))
    ended(session)


def test_what_stands_in_a_tables_place_runs_with_no_more_than_its_owners_rights(
    databases: Databases, postgres: Postgres
) -> None:
    asyncio.run(databases.ensure("env_trap", uid="u", password="p"))
    with postgres.connect("env_trap") as connection:
        connection.execute("SET SESSION AUTHORIZATION env_trap")
        connection.execute("""
            CREATE FUNCTION public.trap() RETURNS text LANGUAGE plpgsql AS
            $$ BEGIN RESET SESSION AUTHORIZATION; RESET ROLE; RETURN session_user || current_user; END $$
        """)
        connection.execute('CREATE VIEW public.variable AS SELECT public.trap() AS "key"')
        connection.execute("ALTER ROLE env_trap SET search_path = public")
        connection.execute("""
            CREATE FUNCTION public.left(text, integer) RETURNS text LANGUAGE sql AS $$ SELECT '"caught"' $$
        """)
    found = asyncio.run(RetainedRows(databases).read("env_trap", password="p"))
    assert found["variable"] == [{"key": "env_trapenv_trap"}]


@pytest.mark.parametrize("columns", ['1 AS "longshore row"', """'{"a": 1}'::json AS "key\""""])
def test_a_table_that_is_not_airflows_is_an_error_of_what_is_kept(
    databases: Databases, postgres: Postgres, columns: str
) -> None:
    asyncio.run(databases.ensure("env_shape", uid="u", password="p"))
    with postgres.connect("env_shape") as connection:
        connection.execute("SET SESSION AUTHORIZATION env_shape")
        connection.execute(f"CREATE VIEW public.variable AS SELECT {columns}")
    with pytest.raises(RetentionError, match="'variable' of 'env_shape'"):
        asyncio.run(RetainedRows(databases).read("env_shape", password="p"))
    asyncio.run(databases.drop("env_shape", uid="u"))
