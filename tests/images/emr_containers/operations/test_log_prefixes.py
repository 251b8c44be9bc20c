"""Places for logs against prefixes, with the tricks that make one look like another."""

from pathlib import Path
from urllib.parse import unquote

import pytest
from emr_containers.exceptions import ConfigurationError
from emr_containers.operations.log_prefixes import check_prefix, lies_below, template_place
from hypothesis import given
from hypothesis import strategies as st


@pytest.mark.parametrize(
    ("uri", "below"),
    [
        ("s3://bucket/logs", True),
        ("s3://bucket/logs/", True),
        ("s3://bucket/logs/team/a", True),
        ("s3://bucket/logs-evil", False),
        ("s3://bucket/", False),
        ("s3://bucket-evil/logs", False),
        ("s3://Bucket/logs", False),
        ("s3://bucket@evil/logs", False),
        ("s3://bucket/logs/../x", False),
        ("s3://bucket/logs/./x", False),
        ("s3://bucket/logs/%2e%2e/x", False),
        ("s3://bucket/logs/%252e%252e/x", False),
        ("s3://bucket//logs/x", True),
        ("s3://bucket/logs//x", False),
        ("s3://bucket/logs\\..\\x", False),
        ("s3://bucket/lo\ngs/x", False),
        ("s3://bucket/logs?x", False),
        ("s3://bucket/logs#x", False),
        ("s3a://bucket/logs", False),
        ("file:///bucket/logs", False),
        ("bucket/logs", False),
        ("", False),
    ],
)
def test_case_10_a_bucket_and_its_folders_are_compared_whole(uri: str, below: bool) -> None:
    assert lies_below(uri, "s3://bucket/logs") == below


PIECES = ("/", "..", ".", "%2e", "%2f", "%", "logs", "x", "\\", "?", "#", " ", "@", ":", "\n", "link")


@given(st.lists(st.sampled_from(PIECES), max_size=8).map("".join))
def test_case_10_no_path_leads_out_of_the_prefix(tail: str) -> None:
    if lies_below(f"file:///srv/logs{tail}", "file:///srv/logs"):
        assert Path(unquote(f"/srv/logs{tail}")).resolve().is_relative_to("/srv/logs")
        assert unquote(tail)[:1] in ("", "/")


def test_case_10_a_link_is_followed(tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    (logs / "link").symlink_to(tmp_path)
    assert lies_below((logs / "new" / "x").as_uri(), logs.as_uri())
    assert not lies_below((logs / "link" / "x").as_uri(), logs.as_uri())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("s3://bucket/logs", "s3://bucket/logs"),
        ("s3://bucket/logs/${team}/x", "s3://bucket/logs"),
        ("s3://bucket/logs/x-${team}", "s3://bucket/logs"),
        ("s3://bucket/${team}/x", None),
        ("s3://bucket/logs-${team}", None),
        ("s3://bucket-${team}/x", None),
        ("s3://${bucket}/x", None),
        ("file:///srv/logs/${team}", "file:///srv/logs"),
        ("file:///${path}", None),
        ("file://${path}", None),
        ("file:${path}", None),
        ("file:/${path}", None),
        ("${place}", None),
        (None, None),
    ],
)
def test_case_10_a_template_names_a_place_by_its_own_text_only(text: str | None, place: str | None) -> None:
    assert template_place(text) == place
    assert not lies_below("s3://evil/logs", place or "")


@pytest.mark.parametrize("prefix", ["/srv/logs", "s3://", "s3://b/../c", "s3://b/%2e", "http://b/c", "s3://[b"])
def test_a_prefix_that_nothing_can_lie_below_is_refused(prefix: str) -> None:
    with pytest.raises(ConfigurationError, match="--log-uri-prefix is "):
        check_prefix(prefix)
    check_prefix("s3://bucket/logs")
    check_prefix("file:///srv/logs")
