"""The list of databases: one dialect for each connection type."""

from longshore_spark.databases.dialects import DIALECTS, dialects


def test_each_connection_type_has_one_dialect() -> None:
    conn_types = [conn_type for dialect in dialects() for conn_type in dialect.conn_types]
    assert sorted(conn_types) == sorted(DIALECTS)
    assert all(conn_type in DIALECTS[conn_type].conn_types for conn_type in conn_types)


def test_airflows_names_for_postgresql_are_known() -> None:
    assert {"postgres", "postgresql"} <= DIALECTS.keys()
