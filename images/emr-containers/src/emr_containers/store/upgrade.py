"""The upgrade of the database's schema: a server brings it to the revision that it needs when it starts.

One transaction does it, so a server that is killed has changed nothing, and of two servers one waits for the other.
The migrations are Alembic's, in `migrations`.
"""

import structlog
from sqlalchemy import Connection, Engine, inspect, text

from emr_containers.exceptions import ConfigurationError, UnknownSchemaError
from emr_containers.store.revisions import NEWEST, Revision, is_usable, parse_revision

log = structlog.get_logger()


def upgrade(engine: Engine, *, shown: str) -> None:
    """Brings the schema to the server's newest revision; it stays as it is if the server can use it.

    Args:
        engine: its transactions that may write take turns with those of all other servers.
        shown: the database's address, without its password.

    Raises:
        ConfigurationError: the database is another program's, or a newer server's that this one cannot work with.
        sqlalchemy.exc.SQLAlchemyError: the database refuses a change; nothing was changed.
    """
    with engine.execution_options(reads_only=True).connect() as connection:
        if _is_ready(connection, shown):
            return
    # Imported late: most starts find nothing to do.
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", "emr_containers.store:migrations")
    with engine.begin() as connection:
        # Another server may have been faster: this transaction has waited for its end.
        if _is_ready(connection, shown):
            return
        is_new, before = not inspect(connection).get_table_names(), _revision(connection, shown)
        config.attributes["connection"] = connection
        try:
            command.upgrade(config, "head")
        except UnknownSchemaError as error:
            raise _foreign(shown, str(error)) from error
    if not is_new:
        log.info("database upgraded", before=str(before or "none"), revision=str(NEWEST))


def _is_ready(connection: Connection, shown: str) -> bool:
    """True if the server can work with the schema as it is; False if it is older, or has no revision."""
    found = _revision(connection, shown)
    if found is not None and found.series > NEWEST.series:
        raise ConfigurationError(
            f"The database {shown!r} was upgraded to revision {found} by a newer server, and this server knows no "
            f"revision after {NEWEST.series}.x: start the newer server, or restore the backup from before its upgrade."
        )
    if found is None or not is_usable(found):
        return False
    if found > NEWEST:
        log.warning("database is newer than this server", revision=str(found), known=str(NEWEST))
    return True


def _revision(connection: Connection, shown: str) -> Revision | None:
    """Returns the revision that the database names; None if it names none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    names = [str(name) for name in connection.scalars(text("SELECT version_num FROM alembic_version"))]
    if not names:
        return None
    revision = parse_revision(names[0])
    if revision is None or names[1:]:
        shown_names = ", ".join(map(repr, sorted(names)))
        raise _foreign(shown, f"its table 'alembic_version' names {shown_names}, which is no revision of a job server")
    return revision


def _foreign(shown: str, why: str) -> ConfigurationError:
    return ConfigurationError(
        f"The database {shown!r} is not a job server's: {why}. Its tables were not changed. Name an empty database, or "
        "a job server's, with --database-url."
    )
