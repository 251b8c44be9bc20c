"""Branches are asked of the repository itself."""

import asyncio

import pytest
from longshore_page.branches import branches, parsed
from longshore_page.exceptions import UnavailableError


def test_branches_are_read_whatever_they_are_called() -> None:
    listed = "aa\trefs/heads/main\nbb\trefs/heads/feature/<b>x</b>\ncc\trefs/tags/v1\nno line of git's\n"
    assert parsed(listed) == ["feature/<b>x</b>", "main"]


@pytest.mark.parametrize("url", ["file:///etc", "ext::sh -c id", "git://127.0.0.1:1/x", "ssh://127.0.0.1/x"])
def test_a_repository_that_cannot_be_asked_is_told_with_the_way_out(url: str) -> None:
    with pytest.raises(UnavailableError, match="write the branch's name yourself"):
        asyncio.run(branches(url))
