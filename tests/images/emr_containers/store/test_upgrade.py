"""The schema of a database that an earlier server, a later one or another program made."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from emr_containers.exceptions import ConfigurationError
from emr_containers.store.database import Database
from emr_containers.store.revisions import NEWEST
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from images.emr_containers.store.old_databases import SCHEMAS, OldDatabase, postgresql_database, sqlite_database
from longshore_cli.embedded.postgres import Postgres
from sqlalchemy import create_engine

_ADDITIONS = re.compile(
    r"CREATE TABLE (?:dispatch_generation|security_configurations) \(.*?\);\n|CREATE INDEX .*?;\n"
    r"|  (?:owner|messages|claimed_in|security_configuration_id|max_\w+|update_tokens) [A-Z]+,\n",
    re.DOTALL,
)
"""The parts of the last schema that some earlier one lacks."""


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[OldDatabase]:
    if request.param == "sqlite":
        yield sqlite_database(tmp_path / "old.sqlite")
        return
    yield postgresql_database(request.getfixturevalue("postgres"), f"upgrade_{uuid4().hex[:12]}")


@pytest.fixture(scope="module")
def new_tables(tmp_path_factory: pytest.TempPathFactory, postgres: Postgres) -> dict[str, object]:
    """The tables that the server makes where there are none, by dialect."""
    file = sqlite_database(tmp_path_factory.mktemp("new") / "new.sqlite")
    made = {"sqlite": file, "postgresql": postgresql_database(postgres, "upgrade_new")}
    for database in made.values():
        Database(database.url).close()
    return {dialect: database.tables() for dialect, database in made.items()}


def configuration() -> Config:
    config = Config()
    config.set_main_option("script_location", "emr_containers.store:migrations")
    return config


def check_models(database: OldDatabase) -> None:
    """Fails where the models differ from the tables."""
    config = configuration()
    engine = create_engine(database.url)
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.check(config)
    engine.dispose()


@pytest.mark.parametrize("schema", SCHEMAS)
def test_every_earlier_schema_becomes_the_one_that_is_made_from_nothing_and_keeps_its_rows(
    database: OldDatabase, schema: str, new_tables: dict[str, object]
) -> None:
    database.execute(SCHEMAS[schema])
    before = database.rows()
    Database(database.url).close()
    after, tables = database.rows(), database.tables()
    assert tables == new_tables[database.url.partition(":")[0].partition("+")[0]]
    assert after.pop("alembic_version") == [{"version_num": str(NEWEST)}]
    for table, rows in after.items():
        old = before.get(table, [])
        new = {column: None for row in rows for column in row if old and column not in old[0]}
        assert rows == [row | new for row in old], table
    check_models(database)
    Database(database.url).close()
    assert (database.rows() | {"alembic_version": []}, database.tables()) == (after | {"alembic_version": []}, tables)


def test_the_models_are_what_the_migrations_make_and_the_last_one_is_the_newest(database: OldDatabase) -> None:
    Database(database.url).close()
    check_models(database)
    assert ScriptDirectory.from_config(configuration()).get_heads() == [str(NEWEST)]


@settings(max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_a_schema_that_killed_servers_left_half_done_is_completed(
    data: st.DataObject, new_tables: dict[str, object]
) -> None:
    statements = SCHEMAS["7_both"].partition("INSERT")[0]
    additions = _ADDITIONS.findall(statements)
    assert len(additions) > 20
    lacking = data.draw(st.sets(st.sampled_from(additions)))
    columns = [found.split()[0] for found in lacking if found.startswith("  ")]
    tables = [found.split()[2] for found in lacking if found.startswith("CREATE TABLE")]
    for each in additions:
        # There is no index on what is not there.
        words = set(re.findall(r"\w+", each))
        if each in lacking or (each.startswith("CREATE INDEX") and words & {*columns, *tables}):
            statements = statements.replace(each, "", 1)
    with tempfile.TemporaryDirectory() as folder:
        database = sqlite_database(Path(folder) / "old.sqlite")
        database.execute(statements)
        Database(database.url).close()
        assert database.tables() == new_tables["sqlite"]


_FOREIGN = {
    "CREATE TABLE users (id INTEGER); CREATE TABLE orders (id INTEGER)": "tables ('orders', 'users'), and none of",
    "CREATE TABLE alembic_version (version_num VARCHAR NOT NULL); INSERT INTO alembic_version VALUES ('1d6611b6')": (
        "names '1d6611b6', which is no revision"
    ),
    "CREATE TABLE job_runs (id VARCHAR NOT NULL PRIMARY KEY, command VARCHAR)": (
        "'job_runs' the column 'virtual_cluster_id' is missing"
    ),
    SCHEMAS["1_first_tables"].replace("client_token VARCHAR NOT NULL", "client_token VARCHAR"): (
        "the column 'client_token' can be empty"
    ),
    SCHEMAS["7_both"].replace("(virtual_cluster_id, client_token)", "(name)", 1): (
        "no unique constraint on virtual_cluster_id, client_token"
    ),
}


@pytest.mark.parametrize("statements", _FOREIGN, ids=range(len(_FOREIGN)))
def test_a_database_that_is_not_a_job_servers_is_refused_by_name_and_left_as_it_is(
    database: OldDatabase, statements: str
) -> None:
    database.execute(statements)
    before = database.tables(), database.rows()
    for _ in range(2):  # the first refusal has given the lock back
        with pytest.raises(ConfigurationError, match=r"is not a job server's: .*--database-url") as error:
            Database(database.url)
        assert _FOREIGN[statements] in str(error.value)
        assert "canary" not in str(error.value)
    assert (database.tables(), database.rows()) == before


def test_a_server_goes_on_with_a_newer_revision_of_its_series_and_refuses_the_next_series(
    database: OldDatabase,
) -> None:
    # As during a rolling upgrade, and after the image was rolled back.
    database.execute(SCHEMAS["7_both"])
    Database(database.url).close()
    database.execute(
        f"UPDATE alembic_version SET version_num = '{NEWEST.series}.{NEWEST.number + 1}';"
        "ALTER TABLE job_runs ADD COLUMN of_a_newer_server VARCHAR; CREATE TABLE newer (id INTEGER);"
    )
    before = database.tables()
    older = Database(database.url)
    assert older.begin_term().generation == 8
    older.close()
    assert database.tables() == before
    database.execute(f"UPDATE alembic_version SET version_num = '{NEWEST.series + 1}.0'")
    with pytest.raises(ConfigurationError, match=rf"revision {NEWEST.series + 1}\.0 by a newer server.*backup"):
        Database(database.url)
    assert database.tables() == before


def test_an_upgrade_that_the_database_refuses_halfway_changes_nothing(postgres: Postgres) -> None:
    database = postgresql_database(postgres, "upgrade_refused")
    database.execute(SCHEMAS["1_first_tables"])
    with postgres.connect("upgrade_refused") as connection:
        connection.execute("ALTER TABLE virtual_clusters OWNER TO CURRENT_USER")
        connection.execute("GRANT ALL ON virtual_clusters TO upgrade_refused")
    before = database.tables()
    with pytest.raises(ConfigurationError, match=r"must be owner of table virtual_clusters.*the rights of"):
        Database(database.url)
    assert database.tables() == before
    with postgres.connect("upgrade_refused") as connection:
        connection.execute("ALTER TABLE virtual_clusters OWNER TO upgrade_refused")
    Database(database.url).close()
    assert database.rows()["alembic_version"] == [{"version_num": str(NEWEST)}]


_OPENING = """
import sys
from emr_containers.store.database import Database
print("ready", flush=True)
sys.stdin.readline()
Database(sys.argv[1], standby=True)
print("alembic" in sys.modules)
"""


@pytest.mark.parametrize("schema", ["", "1_first_tables", "6_terms"])
def test_of_two_servers_that_start_at_once_one_upgrades_and_the_other_waits(
    postgres: Postgres, schema: str, new_tables: dict[str, object]
) -> None:
    database = postgresql_database(postgres, f"upgrade_at_once_{schema}")
    database.execute(SCHEMAS.get(schema, "SELECT 1"))
    servers = [
        subprocess.Popen(
            [sys.executable, "-c", _OPENING, database.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(2)
    ]
    for server in servers:
        assert server.stdout is not None
        assert server.stdout.readline() == "ready\n"
    for server in servers:
        assert server.stdin is not None
        server.stdin.write("go\n")
        server.stdin.flush()
    outputs = [server.communicate()[0] for server in servers]
    assert [server.returncode for server in servers] == [0, 0]
    upgrades = sum("database upgraded" in output for output in outputs)
    assert upgrades == (1 if schema else 0)  # the making of a new database is no upgrade
    assert database.tables() == new_tables["postgresql"]


def test_a_start_that_has_nothing_to_upgrade_does_not_import_alembic(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'jobs.sqlite'}"
    Database(url).close()
    opened = subprocess.run([sys.executable, "-c", _OPENING, url], input="\n", capture_output=True, text=True)
    assert (opened.stdout, opened.stderr) == ("ready\nFalse\n", "")
