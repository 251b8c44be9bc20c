"""A catalog that lacks nothing gets no statement, because a statement would lock its tables."""

from environments.requests.lake_statements import Table, table_statements

OWNER = "lake_owner"


def test_what_lacks_nothing_is_not_locked_for_a_change() -> None:
    done = Table(
        name="iceberg_tables",
        exists=True,
        secured=True,
        policies=frozenset({"environments_read", "environments_write"}),
        granted=True,
    )
    assert table_statements(done, role="lake_env_a", owner=OWNER) == []
