"""Each environment has its own database, and no other is ever touched: on a real PostgreSQL."""

import asyncio
from dataclasses import replace
from pathlib import Path

import psycopg
import pytest
from environments.clients.postgres import Databases
from environments.exceptions import DatabaseError, TakenError
from images.environments.world import SETTINGS
from longshore_cli.embedded.postgres import ADMIN, Postgres


@pytest.fixture
def databases(postgres: Postgres, tmp_path: Path) -> Databases:
    file = tmp_path / "password"
    file.write_text(f"{postgres.password}\n")
    return Databases(
        replace(
            SETTINGS,
            database_host=postgres.host,
            database_port=postgres.port,
            database_user=ADMIN,
            database_password_file=str(file),
        )
    )


def sign_in(postgres: Postgres, name: str, password: str, *, database: str | None = None) -> None:
    psycopg.connect(
        host=postgres.host, port=postgres.port, user=name, password=password, dbname=database or name
    ).close()


def test_a_database_is_made_used_and_dropped(postgres: Postgres, databases: Databases) -> None:
    async def make() -> None:
        await databases.ensure("env_made", uid="u-1", password="first")
        await databases.ensure("env_made", uid="u-1", password="second")  # a password that was lost is set anew

    asyncio.run(make())
    sign_in(postgres, "env_made", "second")
    with psycopg.connect(host=postgres.host, port=postgres.port, user="env_made", password="second", dbname="env_made"):
        asyncio.run(databases.drop("env_made", uid="u-1"))  # although a session is open
    asyncio.run(databases.drop("env_made", uid="u-1"))
    with postgres.connect() as connection:
        query = "SELECT rolname FROM pg_roles WHERE rolname = 'env_made'"
        assert connection.execute(query).fetchall() == []


def test_one_environment_does_not_reach_anothers_database(postgres: Postgres, databases: Databases) -> None:
    for name in ("env_one", "env_two"):
        asyncio.run(databases.ensure(name, uid=name, password="same"))
    with pytest.raises(psycopg.OperationalError, match="permission denied"):
        sign_in(postgres, "env_one", "same", database="env_two")


def test_anothers_database_is_neither_taken_nor_dropped(postgres: Postgres, databases: Databases) -> None:
    postgres.ensure_database("env_foreign", password="theirs")
    asyncio.run(databases.ensure("env_earlier", uid="u-1", password="p"))
    for name, uid in (("env_foreign", "u-1"), ("env_earlier", "u-2")):
        with pytest.raises(TakenError, match=name):
            asyncio.run(databases.ensure(name, uid=uid, password="ours"))
        with pytest.raises(TakenError, match=name):
            asyncio.run(databases.drop(name, uid=uid))
    sign_in(postgres, "env_foreign", "theirs")
    sign_in(postgres, "env_earlier", "p")


def test_a_crash_between_database_and_comment_is_made_good(postgres: Postgres, databases: Databases) -> None:
    asyncio.run(databases.ensure("env_crash", uid="u-1", password="p"))
    with postgres.connect() as connection:
        connection.execute("COMMENT ON DATABASE env_crash IS NULL")
    asyncio.run(databases.ensure("env_crash", uid="u-1", password="p"))
    asyncio.run(databases.drop("env_crash", uid="u-1"))


def test_a_server_that_does_not_answer_is_an_error_without_the_password(databases: Databases) -> None:
    away = Databases(replace(databases.settings, database_port=1))
    with pytest.raises(DatabaseError) as error:
        asyncio.run(away.ensure("env_away", uid="u", password="canary"))
    assert "cannot be reached" in str(error.value)
    assert "canary" not in str(error.value)


@pytest.mark.parametrize(
    ("database", "statement"),
    [
        ("env_own", "COMMENT ON DATABASE env_own IS 'mine'"),
        ("env_own", "ALTER DATABASE env_own IS_TEMPLATE true"),
        ("postgres", "SELECT lo_create(0)"),
    ],
)
def test_what_its_owner_does_keeps_nothing_from_being_dropped(
    postgres: Postgres, databases: Databases, database: str, statement: str
) -> None:
    asyncio.run(databases.ensure("env_own", uid="u-1", password="p"))
    with psycopg.connect(
        host=postgres.host, port=postgres.port, user="env_own", password="p", dbname=database, autocommit=True
    ) as owner:
        owner.execute(statement)
    asyncio.run(databases.drop("env_own", uid="u-1"))
    with postgres.connect() as admin:
        assert admin.execute("SELECT rolname FROM pg_roles WHERE rolname = 'env_own'").fetchall() == []
        assert admin.execute("SELECT datname FROM pg_database WHERE datname = 'env_own'").fetchall() == []


def test_an_administrator_need_not_be_superuser(postgres: Postgres, databases: Databases, tmp_path: Path) -> None:
    file = tmp_path / "plain"
    file.write_text("plain")
    with postgres.connect() as admin:
        admin.execute("CREATE ROLE plain_admin LOGIN CREATEROLE CREATEDB PASSWORD 'plain'")
    plain = Databases(replace(databases.settings, database_user="plain_admin", database_password_file=str(file)))
    for _ in range(2):
        asyncio.run(plain.ensure("env_plain", uid="u-1", password="p"))
    with psycopg.connect(
        host=postgres.host, port=postgres.port, user="env_plain", password="p", dbname="postgres"
    ) as c:
        c.execute("SELECT lo_create(0)")
    with psycopg.connect(host=postgres.host, port=postgres.port, user="env_plain", password="p", dbname="env_plain"):
        asyncio.run(plain.drop("env_plain", uid="u-1"))
    with postgres.connect() as admin:
        admin.execute("DROP ROLE plain_admin")
