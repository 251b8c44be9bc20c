"""Options of a command that follow from descriptions of fields."""

import functools
import inspect
from collections.abc import Callable, Sequence
from typing import Annotated, Any, Literal

import typer

from longshore_cli.environments.resource.fields import Field, Kind

PLACE = "fields"
"""The parameter of the command that gets the values, by the fields' names; the options take its place."""


def with_field_options(fields: Sequence[Field]) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Returns a decorator that gives a Typer command one option for each field."""
    options = {_parameter(field).name: (field, _parameter(field)) for field in fields}

    def decorate(command: Callable[..., None]) -> Callable[..., None]:
        @functools.wraps(command)
        def run(**given: Any) -> None:
            values = {field.name: given.pop(parameter) for parameter, (field, _) in options.items()}
            command(**given, **{PLACE: values})

        parameters: list[inspect.Parameter] = []
        for parameter in inspect.signature(command).parameters.values():
            each = parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
            parameters += [option for _, option in options.values()] if each.name == PLACE else [each]
        # Typer reads both.
        vars(run)["__signature__"] = inspect.Signature(parameters)
        run.__annotations__ = {each.name: each.annotation for each in parameters}
        return run

    return decorate


def _parameter(field: Field) -> inspect.Parameter:
    kinds: dict[Kind, Any] = {
        "text": str,
        "choice": Literal[field.choices or ("",)],
        "number": int,
        "flag": bool,
        "list": list[str],
    }
    default = False if field.kind == "flag" else field.default
    kind = kinds[field.kind]
    return inspect.Parameter(
        field.option.replace("-", "_"),
        inspect.Parameter.KEYWORD_ONLY,
        default=default,
        annotation=Annotated[
            kind if default is not None else kind | None, typer.Option(f"--{field.option}", help=field.help)
        ],
    )
