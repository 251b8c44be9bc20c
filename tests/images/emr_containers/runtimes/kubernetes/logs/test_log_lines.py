"""A log that breaks off and is read again from the second it was at."""

from emr_containers.runtimes.kubernetes.logs.log_lines import LogLines
from hypothesis import given
from hypothesis import strategies as st


def stamp(second: int, fraction: int = 0) -> str:
    return f"2026-11-25T00:26:{second:02}.{fraction:09}Z"


def stamped(*lines: tuple[str, str]) -> bytes:
    return b"".join(f"{at} {text}\n".encode() for at, text in lines)


def test_lines_come_without_their_stamps_and_whole() -> None:
    lines = LogLines()
    data = stamped((stamp(1), "a ä"), (stamp(2), ""))
    assert lines.take(data[:33]) == b""
    assert lines.take(data[33:]) == "a ä\n\n".encode()


def test_a_line_without_a_stamp_goes_on_the_one_before() -> None:
    assert LogLines().take(stamped((stamp(1), "a")) + b"2026 was a year\n") == b"a\n2026 was a year\n"


def test_what_the_kubelet_says_instead_of_a_log_is_not_the_log() -> None:
    excuse = b"failed to try resolving symlinks in path /var/log/pods/x\n"
    lines = LogLines()
    assert lines.take(excuse) == b""
    lines.begin()
    assert lines.take(stamped((stamp(1), "a"))) == b"a\n"
    lines.begin()
    assert lines.take(excuse) + lines.rest() == b""


def test_what_comes_again_is_left_out_to_the_line() -> None:
    # Three lines of one second, two of them of the very same time.
    log = stamped((stamp(1), "a"), (stamp(1, 5), "b"), (stamp(1, 5), "b"), (stamp(1, 7), "c"), (stamp(2), "d"))
    lines = LogLines()
    assert lines.take(log[: log.index(b" c")]) == b"a\nb\nb\n"
    assert lines.since == "2026-11-25T00:26:01Z"
    lines.begin()
    assert lines.take(log) == b"c\nd\n"
    lines.begin()
    assert lines.take(log[log.index(b"2026-11-25T00:26:02") :]) == b""


def test_lines_of_the_same_time_that_had_not_come_are_not_taken_for_those_that_had() -> None:
    lines = LogLines()
    lines.take(stamped((stamp(1, 5), "b")))
    lines.begin()
    assert lines.take(stamped((stamp(1, 5), "b"), (stamp(1, 5), "b2"), (stamp(1, 6), "c"))) == b"b2\nc\n"


def test_a_line_that_broke_off_is_given_once_and_whole() -> None:
    lines = LogLines()
    assert lines.take(stamped((stamp(1), "a")) + f"{stamp(2)} hal".encode()) == b"a\n"
    lines.begin()
    assert lines.take(stamped((stamp(1), "a"), (stamp(2), "half"))) == b"half\n"


def test_the_rest_of_a_line_without_an_end_is_given_at_the_end() -> None:
    lines = LogLines()
    assert lines.take(f"{stamp(1)} no end".encode()) == b""
    assert lines.rest() == b"no end"
    assert lines.rest() == b""


def test_a_line_without_an_end_does_not_fill_the_memory() -> None:
    lines = LogLines()
    piece = b"x" * 700_000
    given = lines.take(f"{stamp(1)} ".encode() + piece) + lines.take(piece)
    assert given == piece * 2
    assert lines.rest() == b""


def test_a_zone_other_than_utc_is_kept() -> None:
    lines = LogLines()
    assert lines.take(b"2026-11-25T00:26:01.000000001+09:00 a\n") == b"a\n"
    assert lines.since == "2026-11-25T00:26:01+09:00"


def test_before_the_first_line_it_begins_at_the_beginning() -> None:
    assert LogLines().since is None


@given(
    times=st.lists(st.integers(0, 3), min_size=1, max_size=12).map(sorted),
    breaks=st.lists(st.integers(0, 400), max_size=4),
)
def test_wherever_it_breaks_off_every_line_comes_once(times: list[int], breaks: list[int]) -> None:
    # Two lines a second at most have a time of their own; the others share one.
    entries = [(stamp(time // 2, time % 2), f"line {number}") for number, time in enumerate(times)]
    lines, given = LogLines(), b""
    for at in [*breaks, None]:
        lines.begin()
        since = lines.since
        again = [(when, text) for when, text in entries if since is None or when[:19] >= since[:19]]
        given += lines.take(stamped(*again)[:at])
    assert given + lines.rest() == "".join(f"{text}\n" for _, text in entries).encode()
