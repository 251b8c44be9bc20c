"""The form follows from the description that the schema and the command's options follow from, too."""

from typing import Any

import jsonschema
import pytest
from hypothesis import given
from images.airflow_page.conftest import People
from images.airflow_page.fake_kubernetes import REPOSITORY
from images.environments.resource.descriptions import DESCRIPTION, TIMEZONE, fields
from longshore_cli.environments.resource import fields as of_cli
from longshore_cli.environments.resource.manifest import EnvironmentRequest
from longshore_cli.environments.resource.manifest import manifest as manifest_of_cli
from longshore_page.exceptions import InvalidRequestError
from longshore_page.fields import FIELDS, inputs, read, spec

Drawn = tuple[dict[str, Any], dict[str, Any]]


def test_the_page_has_the_charts_description() -> None:
    assert read(DESCRIPTION) == FIELDS


def test_the_form_asks_for_size_and_life(person: People) -> None:
    found = person("ada").get("/api/form").json()["fields"]
    assert [each for each in found if each["name"] in ("size", "ttl")] == [
        {
            "name": "size",
            "label": "Size",
            "kind": "choice",
            "choices": {
                "small": "small: 2 cores, 6 GiB",
                "medium": "medium: 4 cores, 16 GiB",
                "large": "large: 16 cores, 64 GiB",
            },
            "default": "small",
        },
        {
            "name": "ttl",
            "label": "Lives, unused, for",
            "kind": "choice",
            "choices": {"8h": "8 hours", "24h": "a day", "72h": "3 days", "7d": "a week", "30d": "30 days"},
            "default": "72h",
        },
    ]


def test_a_new_field_has_an_input_by_its_description_alone() -> None:
    added = read({"fields": {"timezone": TIMEZONE}})
    assert inputs(added) == [{"name": "timezone", "label": "Time zone", "kind": "text", "choices": {}, "default": None}]
    assert spec(added, {"timezone": "Asia/Seoul"}) == {"timezone": "Asia/Seoul"}


@given(fields())
def test_the_page_and_the_command_make_the_same_of_the_same_values(drawn: Drawn) -> None:
    description, values = drawn
    described = description["fields"]
    given = {name: field["default"] for name, field in described.items() if "default" in field} | values
    ours = spec(read(description), given)
    options = {each.name: given.get(each.name) for each in of_cli.read(description)}
    theirs = manifest_of_cli(
        EnvironmentRequest(name="x", owner="ada", git_url=REPOSITORY, branch="b", commit=None, fields=options)
    )
    assert {"owner": "ada", "git": {"url": REPOSITORY, "branch": "b"}, **ours} == theirs["spec"]
    schema = {"type": "object", "properties": {name: field["schema"] for name, field in described.items()}}
    jsonschema.validate(ours, schema)


@given(fields())
def test_a_value_of_another_kind_is_refused_by_the_fields_name(drawn: Drawn) -> None:
    description, values = drawn
    known = {name: field["default"] for name, field in description["fields"].items() if "default" in field} | values
    for name in description["fields"]:
        with pytest.raises(InvalidRequestError, match=rf"^{name}: This field has to be "):
            spec(read(description), known | {name: ["x"]})


@pytest.mark.parametrize("missing", ["size", "ttl"])
def test_what_would_mean_something_else_if_it_were_left_out_is_required(person: People, missing: str) -> None:
    given = {"repository": REPOSITORY, "branch": "b", "size": "small", "ttl": "8h"}
    answer = person("ada").post("/api/environments", {key: each for key, each in given.items() if key != missing})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(f"{missing}: ")


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"size": "huge"}, "size: This field has to be one of small, medium, large."),
        ({"ttl": "x" * 501}, "ttl: This field has to be a text of at most 500 characters."),
        ({"idle": "1h"}, "idle: The form has no such field; remove it."),
    ],
)
def test_a_value_that_the_form_does_not_offer_is_refused(given: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidRequestError) as refused:
        spec(FIELDS, {"size": "small", "ttl": "72h"} | given)
    assert str(refused.value) == said
