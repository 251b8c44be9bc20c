"""No two environments share anything by name, and no name gets out of where it stands."""

import pytest
from environments.exceptions import SpecError
from environments.resource.names import Names
from hypothesis import given
from hypothesis import strategies as st

LABELS = st.from_regex(r"[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?", fullmatch=True).filter(lambda name: name.isascii())


def test_all_names_follow_from_the_one() -> None:
    names = Names("my-change")
    assert names.namespace == "env-my-change"
    assert names.database == names.lake_schema == "env_my_change"
    assert names.queue == "root.environments.env-my-change"
    assert names.path == "/env/my-change"
    assert names.internal_url == "http://airflow-api-server.env-my-change:8080/env/my-change"


@given(LABELS, LABELS)
def test_two_environments_share_no_name(one: str, other: str) -> None:
    first, second = Names(one), Names(other)
    for kind in ("namespace", "database", "lake_schema", "queue", "path"):
        assert (getattr(first, kind) == getattr(second, kind)) == (one == other)


@given(LABELS)
def test_every_name_fits_where_it_is_used(name: str) -> None:
    names = Names(name)
    assert len(names.namespace) <= 63
    assert len(names.database) <= 63  # PostgreSQL cuts off what is longer, and so could make two names one
    assert names.database.replace("_", "").isalnum()


@pytest.mark.parametrize(
    "hostile",
    ["", "a" * 41, "a" * 300, "a_b", "A", "-a", "a-", "a.b", "../a", "a; rm -rf /", 'a"; DROP DATABASE x', "ä", "a\n"],
)
def test_a_hostile_name_is_refused_with_the_way_out(hostile: str) -> None:
    with pytest.raises(SpecError, match="small letters, digits and '-'"):
        Names(hostile)
