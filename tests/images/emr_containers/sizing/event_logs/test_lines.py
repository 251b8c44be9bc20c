from emr_containers.sizing.event_logs.lines import split_lines
from hypothesis import given
from hypothesis import strategies as st


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\n", b"")), max_size=20), st.integers(1, 7))
def test_lines_do_not_depend_on_the_chunks(lines: list[bytes], size: int) -> None:
    text = b"\n".join(lines)
    chunks = [text[at : at + size] for at in range(0, len(text), size)]
    expected = [*lines[:-1], *(line for line in lines[-1:] if line)]
    assert [*split_lines(chunks)] == expected


def test_a_line_that_is_too_long_is_cut_and_the_next_one_is_whole() -> None:
    chunks = [b"a" * 6, b"a" * 6, b"a\nb", b"b\n", b"c" * 9]
    assert [*split_lines(chunks, longest=8)] == [b"a" * 8, b"bb", b"c" * 8]
