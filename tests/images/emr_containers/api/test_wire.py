"""Requests to values, responses to JSON."""

import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from emr_containers.api.model import Operation, operations
from emr_containers.api.wire import parse_request, serialize
from emr_containers.exceptions import SerializationException

BY_NAME = {operation.name: operation for operation in operations()}
LIST: Operation = BY_NAME["ListVirtualClusters"]
START: Operation = BY_NAME["StartJobRun"]


def parse(body: Any, operation: Operation = START) -> dict[str, Any]:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return parse_request(operation, path={"virtualClusterId": "vc"}, query=[], body=raw)


def queried(*query: tuple[str, str]) -> dict[str, Any]:
    return parse_request(LIST, path={}, query=query, body=b"")


def test_members_come_from_path_query_and_body() -> None:
    assert parse({"name": "a", "tags": {"k": "v"}, "unknown": 1, "releaseLabel": None}) == {
        "virtualClusterId": "vc",
        "name": "a",
        "tags": {"k": "v"},
    }
    assert queried(("states", "RUNNING"), ("states", "TERMINATED"), ("maxResults", "1"), ("maxResults", "7")) == {
        "states": ["RUNNING", "TERMINATED"],
        "maxResults": 7,
    }
    assert parse(b"") == {"virtualClusterId": "vc"}


@pytest.mark.parametrize(
    "text",
    ["2026-01-31T12:00:00Z", "2026-01-31T13:00:00+01:00", "2026-01-31T12:00:00.000Z", "1769860800", "1769860800.0"],
)
def test_a_timestamp_may_be_iso_or_epoch_seconds(text: str) -> None:
    assert queried(("createdAfter", text)) == {"createdAfter": datetime(2026, 1, 31, 12, tzinfo=UTC)}


@pytest.mark.parametrize(
    "text",
    ["", "x", "nan", "inf", "1e18", "9" * 30, "2026-13-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"],
)
def test_what_is_no_timestamp_is_refused(text: str) -> None:
    with pytest.raises(SerializationException, match="'createdAfter' is not a timestamp"):
        queried(("createdAfter", text))


@pytest.mark.parametrize("text", ["", "x", "1.0", "9" * 5000, "+5", " 5", "5\n", "1_0", "\u0663", "--5", "0x5"])
def test_what_is_no_integer_is_refused(text: str) -> None:
    with pytest.raises(SerializationException, match="'maxResults' is not an integer"):
        queried(("maxResults", text))


@pytest.mark.parametrize("value", [2**31, -(2**31) - 1, 2**80])
def test_an_integer_has_32_bits(value: int) -> None:
    with pytest.raises(
        SerializationException, match=r"'retryPolicyConfiguration\.maxAttempts' is not an integer of 32"
    ):
        parse({"retryPolicyConfiguration": {"maxAttempts": value}})
    with pytest.raises(SerializationException, match="'maxResults' is not an integer"):
        queried(("maxResults", str(value)))
    assert queried(("maxResults", "-2147483648")) == {"maxResults": -(2**31)}


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'name': 1}",
        b'{"name": NaN}',
        b'{"name": -Infinity}',
        b"\xff\xfe",
        b'{"name": "\xe4"}',
        b"[" * 100_000,
        b'{"a": ' + b"9" * 5000 + b"}",
        b" ",
    ],
)
def test_a_body_that_is_not_json_is_refused(body: bytes) -> None:
    with pytest.raises(SerializationException, match="not valid JSON"):
        parse(body)


@pytest.mark.parametrize("body", [[], "text", 1, None, True])
def test_a_body_that_is_no_object_is_refused(body: Any) -> None:
    with pytest.raises(SerializationException, match="must be a JSON object"):
        parse(body)


def test_a_body_that_is_nested_without_end_is_refused() -> None:
    nested: dict[str, Any] = {"classification": "x"}
    for _ in range(150):
        nested = {"classification": "x", "configurations": [nested]}
    with pytest.raises(SerializationException, match="nested deeper than 64 levels"):
        parse({"configurationOverrides": {"applicationConfiguration": [nested]}})


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"name": 1}, "'name' must be of the type string"),
        ({"tags": ["a"]}, "'tags' must be of the type map"),
        ({"tags": {"a": 1}}, "'tags.a' must be of the type string"),
        ({"jobDriver": "x"}, "'jobDriver' must be of the type structure"),
        (
            {"jobDriver": {"sparkSubmitJobDriver": {"entryPointArguments": "x"}}},
            "'jobDriver.sparkSubmitJobDriver.entryPointArguments' must be of the type list",
        ),
        (
            {"jobDriver": {"sparkSubmitJobDriver": {"entryPointArguments": ["a", 2]}}},
            r"entryPointArguments\.2\.member' must be of the type string",
        ),
        ({"retryPolicyConfiguration": {"maxAttempts": "1"}}, "maxAttempts' must be of the type integer"),
        ({"retryPolicyConfiguration": {"maxAttempts": 1.0}}, "maxAttempts' must be of the type integer"),
        ({"retryPolicyConfiguration": {"maxAttempts": True}}, "maxAttempts' must be of the type integer"),
    ],
)
def test_a_value_of_another_type_is_refused_by_its_place(body: dict[str, Any], place: str) -> None:
    with pytest.raises(SerializationException, match=place):
        parse(body)


@pytest.mark.parametrize("text", ["a\0b", "a\ud800"])
def test_text_that_cannot_be_stored_is_refused(text: str) -> None:
    for body in ({"clientToken": text}, {"tags": {text: "v"}}, {"tags": {"k": text}}):
        with pytest.raises(SerializationException, match="NUL character or half a surrogate pair"):
            parse(body)


def test_text_of_any_other_kind_is_kept() -> None:
    text = "äß漢😀\n\t\x01"
    assert parse({"clientToken": text})["clientToken"] == text


def test_an_answer_has_the_models_members_that_have_a_value() -> None:
    shape = BY_NAME["ListJobRuns"].output_shape
    created = datetime(2026, 1, 31, 13, 0, 0, 123456, tzinfo=timezone(timedelta(hours=1)))
    run = {"id": "x", "name": None, "createdAt": created, "tags": {"a": "b"}, "unknown": 1}
    assert serialize(shape, {"jobRuns": [run], "nextToken": None}) == {
        "jobRuns": [{"id": "x", "createdAt": "2026-01-31T12:00:00.123Z", "tags": {"a": "b"}}]
    }
