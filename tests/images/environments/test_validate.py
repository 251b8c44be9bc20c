"""Faults that no schema can find are refused by the field's name."""

from typing import Any

import pytest
from environments.exceptions import QuotaError, SpecError
from environments.resource.spec import read
from environments.validate import validate
from images.environments.resource.specs import BAD, GOOD, Case
from images.environments.world import SETTINGS, body, environment


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.what)
def test_a_good_environment_is_let_through(case: Case) -> None:
    validate(read({**body(case.name), "spec": case.spec}), SETTINGS, others=[])


@pytest.mark.parametrize("case", [each for each in BAD if each.refused_by == "controller"], ids=lambda case: case.what)
def test_what_it_cannot_have_is_refused_by_name(case: Case) -> None:
    with pytest.raises(SpecError) as refusal:
        validate(read({**body(case.name), "spec": case.spec}), SETTINGS, others=[])
    assert case.says in str(refusal.value)


def test_allowed_connections_and_variables_are_let_through() -> None:
    validate(environment(connections=["flights_db"], variables=["region"]), SETTINGS, others=[])


def others(*names: str, owner: str = "ann", made: str = "2026-11-25T09:00:00Z") -> list[dict[str, Any]]:
    return [body(name, uid=f"uid-of-{name}", made=made, owner=owner) for name in names]


def test_one_too_many_is_refused_and_says_which_there_are() -> None:
    with pytest.raises(QuotaError, match=r"already has 3 environments \(a, b, c\)"):
        validate(environment(), SETTINGS, others=[body(), *others("c", "a", "b")])


def test_those_of_others_do_not_count() -> None:
    validate(environment(), SETTINGS, others=others("a", "b", "c", owner="bob"))


def test_who_was_there_first_stays() -> None:
    later = others("a", "b", "c", "d", made="2026-11-25T11:00:00Z")
    validate(environment(), SETTINGS, others=later)
    with pytest.raises(QuotaError):
        validate(read(later[3]), SETTINGS, others=[body(), *later])
