import pytest
from longshore_spark.exceptions import ArgumentError
from longshore_spark.lake.schema import drop_statement, schema_of


def test_each_environment_has_a_schema_of_its_own() -> None:
    names = ["my-change", "my", "change-2", "m-y"]
    assert [schema_of(name) for name in names] == ["env_my_change", "env_my", "env_change_2", "env_m_y"]


@pytest.mark.parametrize("name", ["", "A", "a_b", "-a", "a-", "a.b", "x' OR ''='", "../raw", "a\n", "ä"])
def test_what_is_no_environments_name_has_no_schema(name: str) -> None:
    with pytest.raises(ArgumentError, match="is not an environment's name: run this in the virtual cluster"):
        schema_of(name)


def test_a_schema_ends_with_all_below_it_and_nothing_beside_it() -> None:
    # `LIKE 'env_my.%'` would take `env-my.raw`, too: "_" is any character to it.
    assert drop_statement("iceberg_tables", "env_my") == (
        "DELETE FROM iceberg_tables WHERE catalog_name = 'lake' "
        "AND (table_namespace = 'env_my' OR starts_with(table_namespace, 'env_my.'))"
    )
