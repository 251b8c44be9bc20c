"""An environment's role reads all of the lake and writes what is its own: on a real PostgreSQL."""

import asyncio
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from environments.build.lake import Catalog
from environments.clients.lake import LakeRoles
from environments.exceptions import DatabaseError, TakenError
from images.environments.world import SETTINGS
from longshore_cli.embedded.postgres import ADMIN, Postgres

OWNER, PLAIN = "lake_owner", "p"
INSERT = "INSERT INTO iceberg_tables VALUES ('lake', %s, %s, 's3://a', NULL, 'TABLE')"
PROPERTY = "INSERT INTO iceberg_namespace_properties VALUES ('lake', %s, 'exists', 'true')"
ROWS = "SELECT table_namespace, metadata_location FROM iceberg_tables ORDER BY 1"


@pytest.fixture
def catalog(postgres: Postgres) -> Iterator[Catalog]:
    postgres.ensure_database(OWNER, password="theirs")
    yield Catalog(host=postgres.host, port=postgres.port, database=OWNER, owner=OWNER)
    with postgres.connect() as connection:
        connection.execute(f"DROP DATABASE {OWNER} WITH (FORCE)")
        connection.execute(f"DROP ROLE {OWNER}")


@pytest.fixture
def roles(postgres: Postgres, tmp_path: Path) -> LakeRoles:
    file = tmp_path / "password"
    file.write_text(f"{postgres.password}\n")
    return LakeRoles(replace(SETTINGS, lake_user=ADMIN, lake_password_file=str(file)))


def ensure(roles: LakeRoles, catalog: Catalog, name: str, *, password: str = PLAIN) -> None:
    asyncio.run(roles.ensure(catalog, name, uid=name, password=password))


def drop(roles: LakeRoles, catalog: Catalog, name: str) -> None:
    asyncio.run(roles.drop(catalog, name, uid=name))


def session(catalog: Catalog, user: str, password: str = PLAIN) -> "psycopg.Connection[Any]":
    return psycopg.connect(
        host=catalog.host, port=catalog.port, user=user, password=password, dbname=catalog.database, autocommit=True
    )


@pytest.fixture
def lake(roles: LakeRoles, catalog: Catalog) -> Iterator[Catalog]:
    """With a table of the shared lake's and one of each of two environments."""
    ensure(roles, catalog, "lake_env_one")
    ensure(roles, catalog, "lake_env_two")
    with session(catalog, OWNER, "theirs") as production:
        for namespace in ("raw", "env_one.raw", "env_two.raw"):
            production.execute(INSERT, (namespace, "planes"))
            production.execute(PROPERTY, (namespace,))
    yield catalog
    drop(roles, catalog, "lake_env_one")
    drop(roles, catalog, "lake_env_two")


def test_it_reads_all_of_the_lake(lake: Catalog) -> None:
    with session(lake, "lake_env_one") as jobs:
        assert [row[0] for row in jobs.execute(ROWS)] == ["env_one.raw", "env_two.raw", "raw"]


def test_it_writes_its_own_tables(lake: Catalog) -> None:
    with session(lake, "lake_env_one") as jobs:
        jobs.execute(INSERT, ("env_one", "of_the_schema_itself"))
        jobs.execute(PROPERTY, ("env_one.more",))
        own = "table_namespace = 'env_one.raw'"
        assert jobs.execute(f"UPDATE iceberg_tables SET metadata_location = 's3://b' WHERE {own}").rowcount == 1
        assert jobs.execute(f"DELETE FROM iceberg_tables WHERE {own}").rowcount == 1


@pytest.mark.parametrize("namespace", ["raw", "env_two.raw"])
def test_it_changes_nothing_of_productions_or_anothers(lake: Catalog, namespace: str) -> None:
    with session(lake, "lake_env_one") as jobs:
        for statement in ("UPDATE iceberg_tables SET metadata_location = 's3://b'", "DELETE FROM iceberg_tables"):
            assert jobs.execute(f"{statement} WHERE table_namespace = %s", (namespace,)).rowcount == 0
        where = "WHERE namespace = %s"
        assert jobs.execute(f"DELETE FROM iceberg_namespace_properties {where}", (namespace,)).rowcount == 0


@pytest.mark.parametrize("namespace", ["raw", "env_two", "env_two.raw", "env_one_more", "env_on", ""])
def test_it_adds_nothing_to_productions_or_anothers(lake: Catalog, namespace: str) -> None:
    with session(lake, "lake_env_one") as jobs:
        for insert, values in ((INSERT, (namespace, "t")), (PROPERTY, (namespace,))):
            with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
                jobs.execute(insert, values)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="row-level security"):
            jobs.execute("UPDATE iceberg_tables SET table_namespace = %s WHERE true", (namespace,))


@pytest.mark.parametrize(
    "statement",
    [
        "TRUNCATE iceberg_tables",
        "DROP POLICY environments_write ON iceberg_tables",
        "ALTER TABLE iceberg_tables DISABLE ROW LEVEL SECURITY",
        "CREATE TABLE more (a int)",
        "SET ROLE lake_env_two",
        f"SET ROLE {OWNER}",
    ],
)
def test_it_cannot_free_itself(lake: Catalog, statement: str) -> None:
    with session(lake, "lake_env_one") as jobs, pytest.raises(psycopg.errors.InsufficientPrivilege):
        jobs.execute(statement)


def test_production_and_other_roles_are_not_bound(lake: Catalog, postgres: Postgres) -> None:
    with session(lake, OWNER, "theirs") as production:
        assert production.execute("UPDATE iceberg_tables SET metadata_location = 's3://b'").rowcount == 3
        with postgres.connect() as admin:
            admin.execute("CREATE ROLE lake_writer LOGIN PASSWORD 'p'")
        production.execute("GRANT SELECT, UPDATE ON iceberg_tables TO lake_writer")
        with session(lake, "lake_writer") as other:
            assert other.execute("UPDATE iceberg_tables SET metadata_location = 's3://c'").rowcount == 3
        production.execute("REVOKE ALL ON iceberg_tables FROM lake_writer")
    with postgres.connect() as admin:
        admin.execute("DROP ROLE lake_writer")


def test_tables_that_are_made_before_any_job_are_productions(lake: Catalog) -> None:
    with session(lake, OWNER, "theirs") as production:
        query = "SELECT DISTINCT tableowner::text FROM pg_tables WHERE tablename LIKE 'iceberg%%'"
        assert production.execute(query).fetchall() == [(OWNER,)]


def test_tables_that_are_there_keep_their_rows(roles: LakeRoles, catalog: Catalog) -> None:
    with session(catalog, OWNER, "theirs") as production:
        production.execute("CREATE TABLE iceberg_tables (catalog_name text, table_namespace text, more text)")
        production.execute("INSERT INTO iceberg_tables VALUES ('lake', 'raw', 'x')")
        ensure(roles, catalog, "lake_env_late")
        ensure(roles, catalog, "lake_env_late", password="second")
        with session(catalog, "lake_env_late", "second") as jobs:
            assert jobs.execute("SELECT more FROM iceberg_tables").fetchall() == [("x",)]
    drop(roles, catalog, "lake_env_late")


def test_many_come_at_the_same_time(roles: LakeRoles, catalog: Catalog) -> None:
    names = [f"lake_env_{number}" for number in range(8)]

    async def all_of_them() -> None:
        await asyncio.gather(*(roles.ensure(catalog, name, uid=name, password="p") for name in names))

    asyncio.run(all_of_them())
    for name in names:
        with session(catalog, name) as jobs:
            assert jobs.execute(ROWS).fetchall() == []
        drop(roles, catalog, name)


def test_when_it_goes_its_rows_stay_and_it_can_go_again(roles: LakeRoles, catalog: Catalog, postgres: Postgres) -> None:
    ensure(roles, catalog, "lake_env_gone")
    with session(catalog, "lake_env_gone") as jobs:
        jobs.execute(INSERT, ("env_gone.raw", "planes"))
    for _ in range(2):
        drop(roles, catalog, "lake_env_gone")
    with session(catalog, OWNER, "theirs") as production:
        assert [row[0] for row in production.execute(ROWS)] == ["env_gone.raw"]
    with postgres.connect() as admin:
        assert admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'lake_env_gone'").fetchall() == []


def test_anothers_role_is_neither_taken_nor_dropped(roles: LakeRoles, catalog: Catalog, postgres: Postgres) -> None:
    ensure(roles, catalog, "lake_env_theirs")
    for one in (roles.ensure(catalog, "lake_env_theirs", uid="x", password="p"), roles.drop(catalog, OWNER, uid="x")):
        with pytest.raises(TakenError):
            asyncio.run(one)
    with pytest.raises(TakenError, match="lake_env_theirs"):
        asyncio.run(roles.drop(catalog, "lake_env_theirs", uid="x"))
    session(catalog, "lake_env_theirs").close()
    drop(roles, catalog, "lake_env_theirs")


def test_a_catalog_that_does_not_answer_is_an_error_without_the_password(roles: LakeRoles, catalog: Catalog) -> None:
    with pytest.raises(DatabaseError) as error:
        ensure(roles, replace(catalog, port=1), "lake_env_away", password="canary")
    assert "cannot be reached" in str(error.value)
    assert "canary" not in str(error.value)


def test_what_it_made_in_the_servers_own_database_goes_with_it(
    roles: LakeRoles, catalog: Catalog, postgres: Postgres
) -> None:
    ensure(roles, catalog, "lake_env_else")
    with session(replace(catalog, database="postgres"), "lake_env_else") as jobs:
        jobs.execute("SELECT lo_create(0)")
    drop(roles, catalog, "lake_env_else")
    with postgres.connect() as admin:
        assert admin.execute("SELECT 1 FROM pg_roles WHERE rolname = 'lake_env_else'").fetchall() == []


def test_an_administrator_need_only_be_in_the_owners_role(
    roles: LakeRoles, catalog: Catalog, postgres: Postgres, tmp_path: Path
) -> None:
    file = tmp_path / "plain"
    file.write_text("plain")
    with postgres.connect() as admin:
        admin.execute(f"CREATE ROLE lake_admin LOGIN CREATEROLE PASSWORD 'plain' IN ROLE {OWNER}")
    plain = LakeRoles(replace(roles.settings, lake_user="lake_admin", lake_password_file=str(file)))
    for _ in range(2):
        ensure(plain, catalog, "lake_env_plain")
    with session(catalog, "lake_env_plain") as jobs:
        jobs.execute(INSERT, ("env_plain.raw", "planes"))
    drop(plain, catalog, "lake_env_plain")
    with postgres.connect() as admin:
        admin.execute("DROP ROLE lake_admin")
