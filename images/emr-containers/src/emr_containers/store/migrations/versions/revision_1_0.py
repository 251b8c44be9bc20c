"""Revision 1.0: the tables as the first server with migrations has them.

Servers before it noted no revision and made seven schemas, each of which lacks some tables, nullable columns and
indexes of this one. A server that was killed in between may have left any mixture of them. So this revision adds what
it does not find, to an empty database everything. A database that could be another program's is refused.
"""

from alembic import op
from sqlalchemy import (
    JSON,
    Column,
    Double,
    Index,
    Inspector,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    inspect,
)

from emr_containers.exceptions import UnknownSchemaError

revision = "1.0"
down_revision = None

# Written out, not taken from the models: those change, and this revision stays as it is.
_METADATA = MetaData()


def _resource(name: str, *columns: Column[object], unique: tuple[str, ...] = ("client_token",)) -> Table:
    return Table(
        name,
        _METADATA,
        *columns,
        Column("id", String, primary_key=True),
        Column("name", String),
        Column("client_token", String, nullable=False),
        Column("request_digest", String, nullable=False),
        Column("created_at", Double, nullable=False),
        Column("created_by", String, nullable=False),
        Column("tags", JSON, nullable=False),
        UniqueConstraint(*unique),
        Index(f"ix_{name}_name", "name"),
        Index(f"ix_{name}_created_at", "created_at"),
    )


_CLUSTERS = _resource(
    "virtual_clusters",
    Column("state", String, nullable=False),
    Column("container_provider", JSON, nullable=False),
    Column("security_configuration_id", String),
    Column("max_concurrent_job_runs", Integer),
    Column("max_in_queue_job_runs", Integer),
    Column("update_tokens", JSON),
)
Index("ix_virtual_clusters_security_configuration_id", _CLUSTERS.c.security_configuration_id)
_resource("job_templates", Column("data", JSON, nullable=False))
_resource("security_configurations", Column("data", JSON, nullable=False))
_RUNS = _resource(
    "job_runs",
    Column("virtual_cluster_id", String, nullable=False),
    Column("state", String, nullable=False),
    Column("owner", String),
    Column("state_details", String),
    Column("failure_reason", String),
    Column("spec", JSON, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("not_before", Double, nullable=False),
    Column("messages", JSON),
    Column("finished_at", Double),
    Column("claimed_in", String),
    unique=("virtual_cluster_id", "client_token"),
)
Index("ix_job_runs_virtual_cluster_id", _RUNS.c.virtual_cluster_id)
Index("ix_job_runs_queue", _RUNS.c.state, _RUNS.c.created_at)
Index("ix_job_runs_listed", _RUNS.c.virtual_cluster_id, _RUNS.c.created_at, _RUNS.c.id)
Index("ix_job_runs_listed_by_state", _RUNS.c.virtual_cluster_id, _RUNS.c.state, _RUNS.c.created_at, _RUNS.c.id)
Index("ix_job_runs_listed_by_name", _RUNS.c.virtual_cluster_id, _RUNS.c.name, _RUNS.c.created_at, _RUNS.c.id)
Table(
    "dispatch_generation",
    _METADATA,
    Column("id", Integer, primary_key=True),
    Column("generation", Integer, nullable=False),
)


def upgrade() -> None:
    """Adds the tables, columns and indexes that are missing.

    Raises:
        UnknownSchemaError: no earlier server has made these tables.
    """
    connection = op.get_bind()
    found = inspect(connection)
    names = set(found.get_table_names())
    _check(found, names)
    for table in _METADATA.sorted_tables:
        if table.name not in names:
            table.create(connection)
            continue
        columns = {column["name"] for column in found.get_columns(table.name)}
        for column in table.columns:
            if column.name not in columns:
                op.add_column(table.name, column)
        indexes = {index["name"] for index in found.get_indexes(table.name)}
        for index in table.indexes:
            if index.name not in indexes:
                index.create(connection)


def _check(found: Inspector, names: set[str]) -> None:
    ours = [table for table in _METADATA.sorted_tables if table.name in names]
    others = sorted(names - set(_METADATA.tables) - {"alembic_version"})
    if others and not ours:
        shown = ", ".join(map(repr, others[:3])) + (", …" if others[3:] else "")
        raise UnknownSchemaError(f"it has tables ({shown}), and none of a job server")
    for table in ours:
        columns = {column["name"]: column["nullable"] for column in found.get_columns(table.name)}
        for column in table.columns:
            # A nullable column may have come later; every other one has been there from the beginning.
            if columns.get(column.name, True) != column.nullable:
                there = "can be empty" if column.name in columns else "is missing"
                raise UnknownSchemaError(f"in its table {table.name!r} the column {column.name!r} {there}")
        unique = {tuple(constraint["column_names"]) for constraint in found.get_unique_constraints(table.name)}
        for constraint in table.constraints:
            if isinstance(constraint, UniqueConstraint):
                together = tuple(constraint.columns.keys())
                if together not in unique:
                    raise UnknownSchemaError(
                        f"its table {table.name!r} has no unique constraint on {', '.join(together)}"
                    )
