"""Tests of whether a pattern can meet a form, by comparison with texts of the form."""

import re

import pytest
from emr_containers.access.arn_forms import ID, Part, literal, meets, meets_arn, meets_text, role_forms, some
from emr_containers.access.rights import fits
from hypothesis import given
from hypothesis import strategies as st

FORM = [*literal("/v/"), *some(ID), *literal("/r"), Part(among=None, repeated=True)]
PATTERNS = st.text(alphabet="*?/vra", max_size=8)


@given(PATTERNS, st.from_regex(r"/v/[0-9a-z]{1,3}/r[/vra]{0,3}", fullmatch=True))
def test_a_pattern_that_fits_a_text_of_the_form_meets_the_form(pattern: str, text: str) -> None:
    if fits(pattern, text):
        assert meets(pattern, FORM)


@given(st.text(alphabet="?/vra", max_size=8))
def test_a_pattern_without_stars_meets_the_form_only_as_one_of_its_texts(pattern: str) -> None:
    # Each `?` can only be one of few characters here.
    texts = {pattern.replace("?", character, 1) for character in "/vra"} if "?" in pattern else {pattern}
    if pattern.count("?") < 2:
        assert meets(pattern, FORM) == any(re.fullmatch(r"/v/[0-9a-z]+/r.*", text) for text in texts)


@pytest.mark.parametrize(
    ("arn", "met"),
    [
        ("arn:aws:iam::000000000000:role/job", True),
        ("arn:aws-cn:iam::*:role/team/*", True),
        ("arn:*:*:*:*:*", True),
        ("arn:aws:iam::1:role/job", False),
        ("arn:aws:iam::000000000000:user/job", False),
        ("arn:aws:iam:us-east-1:000000000000:role/job", False),
        ("arn:aws:sts::000000000000:role/job", False),
    ],
)
def test_a_roles_pattern_meets_roles(arn: str, met: bool) -> None:
    assert any(meets_arn(arn, form) for form in role_forms()) == met
    assert any(meets_text(arn, form, wild=True) for form in role_forms()) == met
