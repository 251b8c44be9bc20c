"""A hot standby of a server, made as `pg_basebackup` makes one, which not every package with PostgreSQL has."""

import os
import shutil
from pathlib import Path

from longshore_cli.base.processes import Processes
from longshore_cli.embedded.postgres import ADMIN, Postgres, start_postgres
from longshore_cli.embedded.postgres_programs import Build, begin_shared_folder
from psycopg import conninfo, sql

_OWN = ("postmaster.pid", "postmaster.opts", "pg_wal")
"""Files that a standby does not take over. It gets the log since the backup's start from the primary."""


def start_standby(processes: Processes, folder: Path, primary: Postgres, build: Build, **settings: str) -> Postgres:
    """Starts a standby that follows the primary.

    Args:
        folder: the standby's own; it is new.
        build: the programs that the primary runs, of PostgreSQL 14.
        settings: of the standby.
    """
    place = begin_shared_folder(folder) if os.getuid() == 0 else folder
    data = place / "data"
    with primary.connect() as connection:
        row = connection.execute("SELECT pg_start_backup('standby', true, false), current_setting('data_directory')")
        source = Path(str((row.fetchone() or ())[1]))
        shutil.copytree(source, data, ignore=lambda where, _: _OWN if where == str(source) else ())
        row = connection.execute("SELECT labelfile FROM pg_stop_backup(false, false)")
        (data / "backup_label").write_text(str((row.fetchone() or ())[0]))
    (data / "pg_wal" / "archive_status").mkdir(parents=True)
    (data / "standby.signal").touch()
    follows = conninfo.make_conninfo(host=primary.host, port=primary.port, user=ADMIN, password=primary.password)
    with (data / "postgresql.auto.conf").open("a") as file:
        for name, value in {"primary_conninfo": follows, **settings}.items():
            file.write(f"{name} = {sql.Literal(value).as_string()}\n")
    (place / "password").write_text(primary.password)
    owner = source.stat()
    for path in (data, *data.rglob("*")):
        os.chown(path, owner.st_uid, owner.st_gid)
    data.chmod(0o700)
    return start_postgres(processes, folder, build)
