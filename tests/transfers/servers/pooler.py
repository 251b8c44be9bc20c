"""PgBouncer before a server."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from longshore_cli.base.processes import Processes, free_port, supervised
from longshore_cli.embedded.postgres import Postgres
from support.waiting import until

from transfers.conftest import PASSWORD

_NOBODY = 65534


def pgbouncer() -> str:
    """Returns the program; skips the test where it is missing."""
    found = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if found is None:
        pytest.skip("PgBouncer is missing (Debian and Ubuntu: apt install pgbouncer)")
    return found


@contextmanager
def pooled(folder: Path, postgres: Postgres, pool_mode: str, **settings: str) -> Iterator[int]:
    """Runs a pooler for the role `flights`; gives its port of 127.0.0.1.

    Args:
        folder: of its own, which any user can reach.
        settings: more of its settings. JDBC clients need `extra_float_digits` among the `ignore_startup_parameters`.
    """
    program, port = pgbouncer(), free_port()
    users, configuration = folder / "users.txt", folder / "pgbouncer.ini"
    users.write_text(f'"flights" "{PASSWORD}"\n')
    lines = {
        "listen_addr": "127.0.0.1",
        "listen_port": str(port),
        "unix_socket_dir": "",
        "auth_type": "scram-sha-256",
        "auth_file": str(users),
        "pool_mode": pool_mode,
        "ignore_startup_parameters": "extra_float_digits",
    } | settings
    configuration.write_text(
        f"[databases]\n* = host={postgres.host} port={postgres.port}\n[pgbouncer]\n"
        + "".join(f"{name} = {value}\n" for name, value in lines.items())
    )
    # PgBouncer does not run as root.
    user = _NOBODY if os.getuid() == 0 else None
    if user is not None:
        for path in (users, configuration):
            os.chown(path, user, user)
    with supervised(folder) as processes:
        processes.start("pgbouncer", [program, str(configuration)], user=user)
        until("PgBouncer answers", lambda: _answers(port, processes), every=0.1)
        yield port


def _answers(port: int, processes: Processes) -> bool:
    processes.check()
    try:
        psycopg.connect(host="127.0.0.1", port=port, user="flights", password=PASSWORD, dbname="flights").close()
    except psycopg.OperationalError:
        return False
    return True
