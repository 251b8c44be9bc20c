"""Names are those of the command line: one branch has one name, wherever its environment is made."""

import re

import pytest
from longshore_cli.environments.resource import names as of_cli
from longshore_page import names

BRANCHES = [
    "main", "feature/x", "Feature_X", "api", "ü" * 10, "a" * 41, "--", "日本", "x/../y", "a b", "-x", "x.lock", "$HOME",
    "feature/<b>", "", "é", "a" * 201, "x@{1}", "new", "a//b",
]  # fmt: skip


@pytest.mark.parametrize("branch", BRANCHES)
def test_a_branch_has_the_name_that_the_command_line_gives_it(branch: str) -> None:
    name = names.name_from(branch)
    assert name == of_cli.checked_name(of_cli.name_from(branch))
    assert re.fullmatch(names.NAME_PATTERN, name)


@pytest.mark.parametrize(
    "text", ["..", ".", "a/b", "a%2fb", "a.b", "A", "-a", "a-", "", "a" * 41, "a\n", "é", "a?b", "a#b"]
)
def test_what_would_lead_elsewhere_is_no_name(text: str) -> None:
    assert not re.fullmatch(names.NAME_PATTERN, text)


def test_the_activity_is_told_where_the_controller_reads_it() -> None:
    from environments.resource import names as of_controller

    ours = (names.GROUP, names.VERSION, names.PLURAL, names.ACTIVITY_ANNOTATION)
    its = (of_controller.GROUP, of_controller.VERSION, of_controller.PLURAL, of_controller.ACTIVITY_ANNOTATION)
    assert ours == its
