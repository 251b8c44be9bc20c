"""No statement is made for the database of another, and values are quoted."""

from collections.abc import Callable
from typing import Any

import pytest
from environments.exceptions import TakenError
from environments.requests.database_statements import (
    check_owner,
    checked_name,
    database_statements,
    drop_statements,
    role_statements,
)

HOSTILE = [
    "env_a; DROP DATABASE airflow",
    'env_a"; DROP ROLE postgres; --',
    "env_../x",
    "env_ä",
    "env_A",
    "env_",
    f"env_{'a' * 300}",
    "airflow",
    "postgres",
    "template1",
    "",
    "env_a\n",
]


STATEMENTS: list[Callable[[str], Any]] = [
    lambda name: drop_statements(name, role=False, database=False),
    lambda name: role_statements(name, uid="u", hashed="h", exists=False),
    lambda name: database_statements(name, uid="u", exists=False),
]


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("make", [checked_name, *STATEMENTS])
def test_no_statement_is_made_for_a_name_that_is_not_an_environments(name: str, make: Callable[[str], Any]) -> None:
    with pytest.raises(TakenError, match="begin with env_"):
        make(name)


def test_values_are_quoted() -> None:
    statements = role_statements("env_a", uid="u'; DROP", hashed="p'q", exists=False)
    assert [each.as_string(None) for each in statements] == [
        "CREATE ROLE \"env_a\" LOGIN PASSWORD 'p''q'",
        "COMMENT ON ROLE \"env_a\" IS 'longshore.dev/environment-uid: u''; DROP'",
        'GRANT "env_a" TO CURRENT_USER',
    ]


@pytest.mark.parametrize(
    ("role", "database", "owner"),
    [("", None, None), ("another's", None, None), (None, "", "env_a"), (None, "another's", "env_a")],
)
def test_what_is_not_marked_as_ours_is_anothers(role: str | None, database: str | None, owner: str | None) -> None:
    with pytest.raises(TakenError, match="by hand"):
        check_owner("env_a", uid="u", role=role, database=database, database_owner=owner)


def test_a_database_that_was_just_made_is_its_roles() -> None:
    mark = "longshore.dev/environment-uid: u"
    for comment in ("", "its owner's"):
        check_owner("env_a", uid="u", role=mark, database=comment, database_owner="env_a")
        with pytest.raises(TakenError):
            check_owner("env_a", uid="u", role=mark, database=comment, database_owner="postgres")
