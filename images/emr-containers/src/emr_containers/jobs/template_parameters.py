"""Parameters `${name}` of job templates: declared with a type and a default, filled in when a run starts.

Source: AWS, "Defining job template parameters" (EMR on EKS development guide) and the model's
`TemplateParameterConfiguration`. The values that fit a place that is split again are in `parameter_places`.
"""

import re
import shlex
from collections.abc import Iterator, Mapping
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.parameter_places import fill_configurations, fill_parameters, fill_uri, split_words
from emr_containers.jobs.parameter_text import REFERENCE, joined, split_text

_NUMBER = re.compile(r"[+-]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]+)?")
"""A number as JSON and Java read one. Python would also accept spaces, underscores and other scripts' digits."""
_COMMAND_LINES = ("sparkSubmitParameters", "sparkSqlParameters")
_URIS = ("entryPoint", "logUri")
_BEGIN = "${"
"""The beginning of every reference: most texts have none, and a template may have very many texts."""
_MAPS = ("jobTags", "properties")
"""Members whose keys are a user's: one may have any of the names above."""
MOST_REFERENCES = 10_000
"""References to parameters in a template: each costs time at every start."""
MOST_CHARACTERS = 1024 * 1024
"""Characters of a job, its template's parameters filled in: as many as a request may say outright."""


def check_template(data: Mapping[str, Any]) -> None:
    """Checks the parameters of `jobTemplateData`.

    Raises:
        ValidationException: a parameter is used but not declared, or a default does not match its type.
    """
    declared = data.get("parameterConfiguration", {})
    undeclared = sorted(set(_references(_parametric(data))) - declared.keys())
    if undeclared:
        raise ValidationException(
            f"Job template parameters {_names(undeclared)} are used but not declared in parameterConfiguration; "
            "declare each with its type."
        )
    for name, parameter in declared.items():
        if "defaultValue" in parameter:
            _check_type(name, parameter, parameter["defaultValue"])


def fill(data: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """Returns `jobTemplateData` without its parameterConfiguration, with each parameter replaced by its value.

    Args:
        data: a template's data that `check_template` has accepted.
        given: `jobTemplateParameters` of the request.

    Raises:
        ValidationException: a parameter is unknown, has no value, or has one that does not fit its type or place, or
            the data would have more than `MOST_CHARACTERS` characters.
    """
    declared = data.get("parameterConfiguration", {})
    unknown = sorted(given.keys() - declared.keys())
    if unknown:
        raise ValidationException(
            f"The job template has no parameters {_names(unknown)}; it has {_names(sorted(declared)) or 'none'}."
        )
    values = {name: given.get(name, parameter.get("defaultValue")) for name, parameter in declared.items()}
    missing = sorted(name for name, value in values.items() if value is None)
    if missing:
        raise ValidationException(
            f"The job template parameters {_names(missing)} have no default: give them in jobTemplateParameters."
        )
    for name, value in given.items():
        _check_type(name, declared[name], value)
    # Counted before it is done: a few references to long values make gigabytes of one template.
    lengths = {name: len(str(value)) for name, value in values.items()}
    # The words of a command line are quoted again: each ' becomes five characters.
    quoted = {name: lengths[name] + 4 * str(value).count("'") for name, value in values.items()}
    references, characters = _filled_size(_parametric(data), lengths, quoted)
    if references > MOST_REFERENCES:
        raise ValidationException(
            f"The job template refers to parameters {references} times, and may do so {MOST_REFERENCES} times; have "
            "its application read one file instead."
        )
    if characters > MOST_CHARACTERS:
        raise ValidationException(
            f"The job template with these jobTemplateParameters has {characters} characters, and a job may have "
            f"{MOST_CHARACTERS}; give shorter values, or long ones by a file that the job reads."
        )
    filled = _fill(_parametric(data), values)
    assert isinstance(filled, dict)  # noqa: S101  a mapping stays one
    return filled


def fill_member(data: Mapping[str, Any], given: Mapping[str, str], member: str) -> Any:
    """Returns one member of `jobTemplateData` as `fill` does; the others, which may be large, cost no time.

    Raises:
        ValidationException: see `fill`.
    """
    part = {key: data[key] for key in (member, "parameterConfiguration") if key in data}
    return fill(part, given)[member]


def _parametric(data: Mapping[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in data.items() if key != "parameterConfiguration"}


def texts_in(value: Any) -> Iterator[str]:
    """Yields the texts in JSON's values, without the names of an object's members."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from texts_in(item)
    elif isinstance(value, list):
        for item in value:
            yield from texts_in(item)


def _references(value: Any, member: str = "") -> Iterator[str]:
    if isinstance(value, str):
        yield from REFERENCE.findall(value)
        if member in _COMMAND_LINES:
            # Quotes within a reference hide it until they are gone.
            for word in split_words(member, value):
                yield from REFERENCE.findall(word)
    elif isinstance(value, Mapping):
        for key, item in value.items():
            yield from _references(item, "" if member in _MAPS else key)
    elif isinstance(value, list):
        for item in value:
            yield from _references(item)


def _filled_size(
    value: Any, lengths: Mapping[str, int], quoted: Mapping[str, int], member: str = ""
) -> tuple[int, int]:
    """Returns how many references the texts of `value` have, and at least as many characters as they will have.

    Args:
        lengths: the characters of each parameter's value.
        quoted: the same within a command line.
    """
    if isinstance(value, str):
        if member not in _COMMAND_LINES:
            return _text_size(value, lengths)
        sizes = [_text_size(shlex.quote(word), quoted) for word in split_words(member, value)]
    elif isinstance(value, Mapping):
        sizes = [_filled_size(item, lengths, quoted, "" if member in _MAPS else key) for key, item in value.items()]
    elif isinstance(value, list):
        sizes = [_filled_size(item, lengths, quoted) for item in value]
    else:
        return 0, 0
    return sum(references for references, _ in sizes), sum(characters for _, characters in sizes)


def _text_size(text: str, lengths: Mapping[str, int]) -> tuple[int, int]:
    if _BEGIN not in text:
        return 0, len(text)
    found = [match for match in REFERENCE.finditer(text) if match[1] in lengths]
    return len(found), len(text) + sum(lengths[match[1]] - len(match[0]) for match in found)


def _fill(value: Any, values: Mapping[str, str | None], member: str = "") -> Any:
    if isinstance(value, str):
        if member in _COMMAND_LINES:
            return fill_parameters(member, value, values)
        if member in _URIS:
            return fill_uri(member, value, values)
        return joined(split_text(value, values)) if _BEGIN in value else value
    if isinstance(value, Mapping):
        return {key: _fill(item, values, "" if member in _MAPS else key) for key, item in value.items()}
    if isinstance(value, list):
        if member == "applicationConfiguration":
            return fill_configurations(value, values)
        return [_fill(item, values) for item in value]
    return value


def _check_type(name: str, parameter: Mapping[str, str], value: str) -> None:
    if parameter.get("type") != "NUMBER":
        return
    if not _NUMBER.fullmatch(value):
        raise ValidationException(
            f"The value {value[:80]!r} of the job template parameter {name!r} is not a number, but its type is NUMBER."
        )


def _names(names: list[str]) -> str:
    return ", ".join(repr(name) for name in names)
