"""The errors' tree is as its module draws it, and each has a reason that a condition can say."""

import re

import pytest
from environments import exceptions
from environments.exceptions import EnvironmentsError

ALL = [each for each in vars(exceptions).values() if isinstance(each, type) and issubclass(each, EnvironmentsError)]


def test_the_drawn_tree_names_them_all() -> None:
    assert exceptions.__doc__ is not None
    assert set(re.findall(r"[─ ](\w+Error)\b", exceptions.__doc__)) == {each.__name__ for each in ALL}


@pytest.mark.parametrize("error", ALL, ids=lambda error: error.__name__)
def test_a_reason_is_one_word_in_camel_case(error: type[EnvironmentsError]) -> None:
    assert re.fullmatch(r"([A-Z][a-z]+)+", error.reason)
