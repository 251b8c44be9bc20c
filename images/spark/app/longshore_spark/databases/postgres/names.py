"""Names of tables, as users write them and as PostgreSQL knows them."""

from py4j.protocol import Py4JJavaError

from longshore_spark.databases.postgres.connecting.jdbc import Jdbc, first_line
from longshore_spark.databases.postgres.quoting import NAMES, qualified, quoted
from longshore_spark.exceptions import SinkError, SourceError
from longshore_spark.interfaces.connection import JdbcConnection

_NAME = "pg_catalog.format('%I.%I', n.nspname, c.relname)"
_READABLE = "rpvmfS"
"""The kinds of relations that a SELECT may name, as `relkind` in pg_class has them: tables, views, sequences."""
_KINDS = {"i": "an index", "I": "an index", "t": "a TOAST table", "c": "a composite type"}
_TABLES = "pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"


def found_table(jdbc: Jdbc, connection: JdbcConnection, text: str) -> str:
    """Returns the table that `text` names (see `table_names`), quoted and with its schema.

    Raises:
        SourceError: it is missing or hidden (with the tables whose names differ in case only), no table, or the role
            may not read all of its columns.
    """
    try:
        found = jdbc.query(
            f"SELECT {_NAME}, c.relkind, c.oid, c.relpersistence = 'u' AND pg_catalog.pg_is_in_recovery() "
            f"FROM {_TABLES} WHERE c.oid = pg_catalog.to_regclass(?)",
            qualified(text),
        )
    except Py4JJavaError as error:  # another database, a schema that may not be used
        raise SourceError(f"The table {text!r} cannot be looked up in the database: {first_line(error)}.") from None
    if found:
        ((name, kind, oid, lost),) = found
        if kind not in _READABLE:
            raise SourceError(f"The source {text!r} is {_KINDS[kind]}; name a table or a view.")
        if lost == "t":
            raise SourceError(
                f"The table {text!r} is unlogged, so that this standby has no rows of it; read the primary."
            )
        _check_columns(jdbc, connection, text, oid)
        return str(name)
    plain = NAMES.parts(text)[-1]
    close = jdbc.query(
        f"SELECT {_NAME} FROM {_TABLES} WHERE pg_catalog.lower(c.relname) = pg_catalog.lower(?) "
        "AND c.relkind IN ('r', 'p', 'v', 'm', 'f') ORDER BY 1 LIMIT 3",
        plain,
    )
    way_out = f"did you mean {' or '.join(name for (name,) in close)}?" if close else "check its name and schema."
    raise SourceError(
        f"The table {text!r} is not in the database {connection.database!r} (connection {connection.id!r}), "
        f"or {connection.user!r} may not see its schema; {way_out}"
    )


def _check_columns(jdbc: Jdbc, connection: JdbcConnection, text: str, oid: str) -> None:
    """Checks that the role may read all columns: PostgreSQL itself does not say which one it may not."""
    rights = jdbc.query(
        "SELECT attname, pg_catalog.has_column_privilege(attrelid, attnum, 'SELECT') FROM pg_catalog.pg_attribute "
        "WHERE attrelid = ?::pg_catalog.oid AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        oid,
    )
    if forbidden := [str(column) for column, may in rights if may != "t"]:
        some = len(forbidden) < len(rights)
        what = f"the columns {', '.join(map(quoted, forbidden))} of {text!r}" if some else f"{text!r}"
        way_out = "grant it SELECT" + (", or name the columns that it may read in a query" if some else "")
        raise SourceError(
            f"The role {connection.user!r} (connection {connection.id!r}) may not read {what}; {way_out}."
        )


def check_new_name(jdbc: Jdbc, target: str) -> None:
    """Checks that a missing target does not exist in another case, since that one may be meant.

    Raises:
        SinkError: naming what exists.
    """
    schema, name = NAMES.target(target)
    if jdbc.query(f"SELECT 1 FROM {_TABLES} WHERE n.nspname = ? AND c.relname = ?", schema, name):
        return
    close = jdbc.query(
        f"SELECT n.nspname, c.relname FROM {_TABLES} WHERE pg_catalog.lower(n.nspname) = pg_catalog.lower(?) "
        "AND pg_catalog.lower(c.relname) = pg_catalog.lower(?) AND c.relkind IN ('r', 'p', 'v', 'm', 'f') "
        "ORDER BY 1, 2 LIMIT 3",
        schema,
        name,
    )
    if not close and not jdbc.query("SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = ?", schema):
        schemas = jdbc.query(
            "SELECT nspname FROM pg_catalog.pg_namespace WHERE pg_catalog.lower(nspname) = pg_catalog.lower(?) "
            "ORDER BY 1 LIMIT 3",
            schema,
        )
        close = [(each, name) for (each,) in schemas]
    if close:
        names = " or ".join(f"{quoted(one)}.{quoted(other)}" for one, other in close)
        raise SinkError(
            f"The target {target!r} is {quoted(schema)}.{quoted(name)} to PostgreSQL, which is missing; names that "
            f"differ from it in upper and lower case only are there. Write {names} as the target, or create "
            "the other one first."
        )


def staging_name(table: str, token: str) -> str:
    """Returns a unique name for a target's staging table, short enough for PostgreSQL."""
    begin, end = "_longshore_", f"_{token[:12]}"
    room = NAMES.longest - len(begin) - len(end)
    return begin + table.encode()[:room].decode(errors="ignore") + end
