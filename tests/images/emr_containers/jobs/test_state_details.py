"""A job's own message within the 256 characters of `stateDetails`."""

import pytest
from emr_containers.jobs.state_details import LIMIT, cancellation_details, shortened
from hypothesis import given
from hypothesis import strategies as st

BY = "Cancelled by arn:aws:iam::000000000000:user/TESTKEY."
LONG_NAME = f"lake.{'s' * 63}.{'t' * 63}"
NOT_KNOWN = f"It is not known whether '{LONG_NAME}' was written: the commit had begun."
WRITTEN = "'lake.x.y' was written: 16 rows."
NOTHING = "Nothing was written to 'lake.x.y'."


def test_a_cancelled_run_says_who_did_it_and_what_its_driver_left() -> None:
    assert cancellation_details(BY, {"1": WRITTEN}, attempt=1) == f"{BY} {WRITTEN}"
    assert cancellation_details(BY, {"1": ""}, attempt=1) == BY
    assert cancellation_details(BY, {}, attempt=1) == BY


def test_a_later_attempt_does_not_hide_what_an_earlier_one_has_written() -> None:
    assert cancellation_details(BY, {"1": WRITTEN}, attempt=2) == f"{BY} Attempt 1: {WRITTEN}"
    assert cancellation_details(BY, {"1": WRITTEN, "2": ""}, attempt=2) == f"{BY} Attempt 1: {WRITTEN}"
    assert cancellation_details(BY, {"1": NOTHING, "2": WRITTEN, "3": NOTHING}, attempt=3) == (
        f"{BY} Attempts 1, 3: {NOTHING} Attempt 2: {WRITTEN}"
    )


@pytest.mark.parametrize("first", [BY, f"Cancelled by arn:aws:iam::000000000000:user/{'u' * 128}."])
def test_the_longest_name_is_told_whole(first: str) -> None:
    details = cancellation_details(first, {"1": NOT_KNOWN}, attempt=1)
    assert details.endswith(f" {NOT_KNOWN}")
    assert details.startswith("Cancelled by arn:aws:iam::")
    assert len(details) <= LIMIT


def test_a_long_reason_of_one_attempt_does_not_push_out_what_another_has_written() -> None:
    reason = "The column is missing. " * 40
    for messages in ({"1": reason, "2": WRITTEN}, {"1": WRITTEN, "2": reason}):
        details = cancellation_details(BY, messages, attempt=2)
        assert WRITTEN in details
        assert len(details) <= LIMIT


def test_any_number_of_attempts_fits() -> None:
    messages = {str(number): f"The reason of attempt {number}." for number in range(300)}
    assert len(cancellation_details(BY, messages, attempt=300)) <= LIMIT


def test_words_around_a_message_give_way_to_it() -> None:
    why = "The driver was evicted from the node 'worker-2': " + "the node was low on memory, " * 20
    details = shortened(f"{why}. {WRITTEN} {'A warning. ' * 20}", keep=WRITTEN)
    assert details.startswith("The driver was evicted from the node 'worker-2': the node was low")
    assert f"… {WRITTEN}" in details
    assert len(details) <= LIMIT


def test_what_fits_is_left_as_it_is() -> None:
    assert shortened(f"Killed. {WRITTEN}", keep=WRITTEN) == f"Killed. {WRITTEN}"
    assert shortened("x" * 256) == "x" * 256


def test_case_18_a_long_word_gives_way_and_the_text_says_where_the_whole_is() -> None:
    short = f"{'x' * 24}…{'x' * 40}"
    assert shortened("x" * 300) == f"{short} (whole: the server's log)"
    assert shortened("x" * 300, keep="x" * 300) == f"{short} (whole: its log)"
    assert shortened("x" * 300, keep="y") == f"{short} (whole: the server's log)"
    image = f"The driver's image 'registry.example.org/{'a' * 400}:1' cannot be pulled (ErrImagePull): not found"
    assert "cannot be pulled (ErrImagePull): not found" in shortened(image)


@given(st.lists(st.text("abcdefgh", min_size=1, max_size=30), max_size=80), st.integers(0, 60), st.integers(0, 60))
def test_case_18_nothing_is_cut_within_a_word(words: list[str], start: int, end: int) -> None:
    text, own = " ".join(words), " ".join(words[start:end])
    details = shortened(text, keep=own)
    assert len(details) <= LIMIT
    for place in ("(whole: its log)", "(whole: the server's log)"):
        details = details.replace(place, "")
    assert all(word.rstrip("…") in {*words, ""} for word in details.split())
    assert details.split()[:1] == text.split()[:1]
