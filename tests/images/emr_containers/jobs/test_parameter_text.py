"""A template's text as pieces: its own, and its parameters' values."""

from emr_containers.jobs.parameter_text import given, joined, partition, split_text, words
from hypothesis import given as generated
from hypothesis import strategies as st


@generated(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_the_pieces_are_the_filled_text_and_a_value_is_not_looked_at_again(before: str, value: str, after: str) -> None:
    pieces = split_text(f"<{before.replace('$', '')}${{v}}{after.replace('$', '')}>", {"v": value})
    assert joined(pieces) == f"<{before.replace('$', '')}{value}{after.replace('$', '')}>"
    assert [piece.text for piece in given(pieces)] == [value]


def test_only_the_templates_own_text_separates() -> None:
    pieces = split_text("a${v}b=c d", {"v": "= "})
    parts = partition(pieces, "=")
    assert parts is not None
    assert [joined(part) for part in parts] == ["a= b", "c d"]
    assert [joined(word) for word in words(pieces)] == ["a= b=c", "d"]
    assert partition(split_text("${v}", {"v": "="}), "=") is None


def test_a_name_that_is_no_parameter_is_left_as_it_is() -> None:
    assert joined(split_text("${env:HOME} ${other}", {"v": "x"})) == "${env:HOME} ${other}"
