"""The API server's answers are read however they arrive, and what is none of them is an error of its own kind."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from longshore_libs.exceptions import KubernetesError
from longshore_libs.kubernetes.answers import WatchLines, parse_answer
from longshore_libs.kubernetes.client import is_transient

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(max_size=8), each, max_size=3),
    max_leaves=6,
)
kinds = st.sampled_from(["ADDED", "MODIFIED", "DELETED", "BOOKMARK"])
events = st.fixed_dictionaries({"type": kinds, "object": st.dictionaries(st.text(max_size=5), values, max_size=3)})


@given(st.lists(events, max_size=5), st.data())
def test_events_are_the_same_in_pieces_of_any_size(sent: list[Any], data: st.DataObject) -> None:
    raw = b"".join(json.dumps(event, ensure_ascii=False).encode(errors="surrogatepass") + b"\n" for event in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(raw)), max_size=6)))
    lines = WatchLines()
    pieces = [raw[start:end] for start, end in zip([0, *cuts], [*cuts, len(raw)], strict=True)]
    assert [event for piece in pieces for event in lines.take(piece)] == sent


def test_a_watch_whose_changes_are_too_old_ends_with_the_servers_words() -> None:
    status = {"code": 410, "reason": "Expired", "message": "too old resource version: 1 (2)"}
    with pytest.raises(KubernetesError, match=r"Expired: too old resource version: 1 \(2\)") as error:
        WatchLines().take(json.dumps({"type": "ERROR", "object": status}).encode() + b"\n")
    assert error.value.status == 410


@given(st.binary(max_size=30) | values.map(lambda value: json.dumps(value).encode()))
def test_a_line_that_is_no_event_is_told_as_a_bad_gateway(line: bytes) -> None:
    with pytest.raises(KubernetesError) as error:
        WatchLines().take(line.replace(b"\n", b"") + b"x\n")
    assert error.value.status == 502
    assert is_transient(error.value)


@given(st.integers(300, 599), st.binary(max_size=30) | values.map(lambda value: json.dumps(value).encode()))
def test_a_refusal_in_any_form_has_its_status_and_a_message(status: int, body: bytes) -> None:
    with pytest.raises(KubernetesError) as error:
        parse_answer(status, body)
    assert error.value.status == status
    assert error.value.message


def test_a_refusal_has_the_servers_own_words() -> None:
    answer = {"kind": "Status", "reason": "Forbidden", "message": "pods is forbidden", "details": {"kind": "pods"}}
    with pytest.raises(KubernetesError, match="Forbidden: pods is forbidden") as error:
        parse_answer(403, json.dumps(answer).encode())
    assert (error.value.status, error.value.answer) == (403, answer)


def test_an_answer_that_is_not_the_servers_is_a_bad_gateway() -> None:
    with pytest.raises(KubernetesError) as error:
        parse_answer(200, b"<html>")
    assert error.value.status == 502


@pytest.mark.parametrize(
    ("status", "again"), [(400, False), (401, True), (403, False), (404, False), (409, False), (429, True), (503, True)]
)
def test_a_refusal_is_tried_again_if_that_may_help(status: int, again: bool) -> None:
    assert is_transient(KubernetesError(status=status, reason="", message="")) is again
