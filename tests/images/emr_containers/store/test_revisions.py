"""Names of revisions, and which of them a server can use."""

from emr_containers.store.revisions import Revision, is_usable, parse_revision
from hypothesis import given
from hypothesis import strategies as st

revisions = st.builds(Revision, st.integers(1, 999_999), st.integers(0, 999_999))


@given(revisions)
def test_a_revision_is_read_as_it_is_written(revision: Revision) -> None:
    assert parse_revision(str(revision)) == revision


@given(st.text() | st.sampled_from(["1", "1.", ".0", "0.1", "01.0", "1.00", "1.0 ", "1.0\n", "1.0.0", "١.٠", "head"]))
def test_any_other_text_names_no_revision(text: str) -> None:
    revision = parse_revision(text)
    assert revision is None or str(revision) == text


@given(revisions, revisions)
def test_a_server_can_use_its_own_revision_and_later_ones_of_the_same_series(found: Revision, newest: Revision) -> None:
    assert is_usable(newest, newest=newest)
    assert is_usable(found, newest=newest) == (found.series == newest.series and found >= newest)
