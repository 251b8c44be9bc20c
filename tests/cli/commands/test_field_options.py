"""A described field is an option of the command, and its value gets into the object."""

from collections.abc import Mapping
from typing import Any

import typer
from hypothesis import given
from images.environments.resource.descriptions import fields
from longshore_cli.commands.field_options import with_field_options
from longshore_cli.environments.resource.fields import Value, read
from typer.testing import CliRunner


def called(description: Mapping[str, Any], *words: str) -> tuple[int, Mapping[str, Value]]:
    """Returns the exit status of a command with the options of a description, and the values that it got."""
    got: dict[str, Value] = {}
    app = typer.Typer()

    @app.command()
    @with_field_options(read(description))
    def command(*, before: str = "", fields: Mapping[str, Value], after: str = "") -> None:
        assert (before, after) == ("b", "a")
        got.update(fields)

    return CliRunner().invoke(app, ["--before", "b", *words, "--after", "a"]).exit_code, got


@given(fields())
def test_a_command_gets_what_the_user_gave_and_the_defaults_of_the_rest(
    drawn: tuple[dict[str, Any], dict[str, Any]],
) -> None:
    description, values = drawn
    words: list[str] = []
    for name, value in values.items():
        option = f"--{description['fields'][name]['option']['name']}"
        words += ([option] if value else []) if isinstance(value, bool) else [f"{option}={value}"]
    status, got = called(description, *words)
    flags = {name: False for name, field in description["fields"].items() if field["schema"]["type"] == "boolean"}
    expected = {name: field.get("default") for name, field in description["fields"].items()} | flags | values
    assert (status, got) == (0, expected)


def test_a_list_is_repeated_and_a_value_outside_an_enum_is_refused() -> None:
    schema = {"type": "array", "items": {"type": "string"}}
    description = {"fields": {"zones": {"schema": schema, "option": {"name": "zone", "help": "A zone."}}}}
    assert called(description, "--zone=a", "--zone=b") == (0, {"zones": ["a", "b"]})
    description = {"fields": {"zone": {"schema": {"type": "string", "enum": ["a"]}, "option": {"help": "A zone."}}}}
    assert called(description, "--zone=b") == (2, {})
