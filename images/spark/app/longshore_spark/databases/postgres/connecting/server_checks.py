"""Checks of a server as soon as a session is open: its version, and that it has the settings of the connection.

A pooler may leave the connection's `options` out (PgBouncer, `ignore_startup_parameters`). Then a `search_path` would
name other tables, and a `row_security` show other rows, than those that were asked for.
Source: PostgreSQL, "Setting Parameters", and src/backend/utils/init/postinit.c, "pg_split_opts".
"""

import re
from typing import Any

from longshore_spark.exceptions import ConnectionSettingsError
from longshore_spark.interfaces.connection import JdbcConnection
from longshore_spark.jdbc.sessions import query

OLDEST = 14
"""The oldest major version: before it there are no TID range scans, and extract() is not exact."""
# The driver sets these itself.
_DRIVERS = {"application_name", "client_encoding", "datestyle", "extra_float_digits", "timezone"}
# Both values are as PostgreSQL writes them: `9000ms` is `9s`. What only a new session can have is not compared.
_TAKEN = """
SELECT pg_catalog.current_setting(?, true), CASE
  WHEN EXISTS (SELECT 1 FROM pg_catalog.pg_settings WHERE pg_catalog.lower(name) = ? AND context LIKE '%backend')
  THEN pg_catalog.current_setting(?, true) ELSE pg_catalog.set_config(?, ?, true) END
"""


def check_server(opened: Any, connection: JdbcConnection) -> None:
    """Checks the server behind an open session, in whose transaction no setting was changed yet.

    Raises:
        ConnectionSettingsError: it is too old, or has not taken the connection's `options`.
    """
    where = f"The database {connection.database!r} (connection {connection.id!r})"
    if (version := int(opened.getMetaData().getDatabaseMajorVersion())) < OLDEST:
        raise ConnectionSettingsError(f"{where} is PostgreSQL {version}, and transfers need {OLDEST} or newer.")
    for name, value in settings_of(connection.driver.get("options", "")).items():
        ((there, asked),) = query(opened, _TAKEN, name, name, name, name, value)
        if there != asked:
            raise ConnectionSettingsError(
                f"{where} has {name} = {there!r}, and the connection's options ask for {asked!r}: a pooler before the "
                "database leaves options out (ignore_startup_parameters). Connect to the database itself, or set it "
                "for the role (ALTER ROLE … SET) and remove it from the options."
            )


def settings_of(options: str) -> dict[str, str]:
    """Returns the settings in libpq's `options`, but for those that the driver sets itself; names in lower case."""
    words = [re.sub(r"\\(.)", r"\1", word) for word in re.findall(r"(?:\\.|[^\s\\])+", options)]
    found = {}
    for at, word in enumerate(words):
        if word == "-c" and at + 1 < len(words):
            setting = words[at + 1]
        elif word.startswith(("--", "-c")):
            setting = word[2:]
        else:
            continue
        name, equals, value = setting.partition("=")
        if equals:
            found[name.replace("-", "_").lower()] = value
    return {name: value for name, value in found.items() if name not in _DRIVERS}
