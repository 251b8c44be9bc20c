"""Places of a job template that are split or expanded again when the job runs, and the values that fit there. Pure.

A value stays one word of a command line, one element of a list, one segment of a path. A place that Spark or the JVM
splits takes no value that would be two there (`split_places`).

Source: Spark 4.1, SparkSubmitOptionParser.
"""

import re
import shlex
from collections.abc import Mapping
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.parameter_text import Pieces, given, joined, partition, refusal, split_text
from emr_containers.jobs.split_places import CONTROL, check_expansions, check_segments, check_value

_FLAGS = {"--verbose", "-v", "--supervise"}
"""Options of spark-submit that take no value."""
_PROPERTY_OPTIONS = {"--conf", "-c", "--hiveconf", "-hiveconf"}
_VARIABLE_OPTIONS = {"--hivevar", "-hivevar"}
_URI = re.compile(rf"[,?#%\\{CONTROL}]")
"""A comma ends a file: Spark appends the entry point to its list of jars or files."""
_NAME = re.compile(r"[A-Za-z0-9_-]+")


def fill_parameters(member: str, text: str, values: Mapping[str, str | None]) -> str:
    """Returns `sparkSubmitParameters` or `sparkSqlParameters` with each value as a part of one word.

    Args:
        member: which of the two.

    Raises:
        ValidationException: the text cannot be split into words, or a value does not fit its place.
    """
    filled: list[str] = []
    option: str | None = None
    split = [split_text(word, values) for word in split_words(member, text)]
    if not any(map(given, split)):
        return text
    for pieces in split:
        if option is not None:
            _check_option_value(member, option, pieces)
            option = None
        else:
            option = _check_option(member, pieces)
        filled.append(joined(pieces))
    return shlex.join(filled)


def split_words(member: str, text: str) -> list[str]:
    """Returns the words of a template's command line, their parameters still in them.

    Raises:
        ValidationException: a quotation does not end.
    """
    try:
        return shlex.split(text)
    except ValueError as error:
        raise ValidationException(f"{member} cannot be split into words: {error}.") from error


def fill_configurations(
    configurations: list[Any], values: Mapping[str, str | None], *, outer: str = ""
) -> list[dict[str, Any]]:
    """Returns `applicationConfiguration` with the values in its properties.

    Raises:
        ValidationException: a value does not fit its place.
    """
    filled: list[dict[str, Any]] = []
    for configuration in configurations:
        one = {**configuration, "classification": joined(split_text(configuration["classification"], values))}
        place = outer or one["classification"]
        if "properties" in configuration:
            prefix = "" if place == "spark-defaults" else f"{place}."
            one["properties"] = {
                key: _fill_property(f"{place}:{key}", f"{prefix}{key}", split_text(text, values))
                for key, text in configuration["properties"].items()
            }
        if "configurations" in configuration:
            one["configurations"] = fill_configurations(configuration["configurations"], values, outer=place)
        filled.append(one)
    return filled


def fill_uri(member: str, text: str, values: Mapping[str, str | None]) -> str:
    """Returns an entry point or a location with the values in it.

    A template that begins with text of its own has chosen the place: a value does not lead out of it.

    Raises:
        ValidationException: a value would lead out of it, or be taken for an option.
    """
    pieces = split_text(text, values)
    _check_no_option(member, pieces)
    own_begins = bool(pieces) and pieces[0].parameter is None
    for piece in given(pieces) if own_begins else []:
        if _URI.search(piece.text):
            raise refusal(piece, member, "holds one of , ? # % \\ or a control character, which would end the path")
    if own_begins:
        check_segments(member, pieces)
    return joined(pieces)


def _check_option(member: str, pieces: Pieces) -> str | None:
    """Returns the option that takes the next word as its value, if it does."""
    if not pieces or pieces[0].parameter is not None or not pieces[0].text.startswith("-"):
        for piece in given(pieces):
            raise refusal(piece, member, "would stand where an option must stand, which only the template can say,")
        return None
    if (parts := partition(pieces, "=")) is None:
        for piece in given(pieces):
            raise refusal(piece, member, "would be part of an option's name, which only the template can say,")
        word = joined(pieces)
        return None if word in _FLAGS else word
    name, value = parts
    for piece in given(name):
        raise refusal(piece, member, "would be part of an option's name, which only the template can say,")
    _check_option_value(member, joined(name), value)
    return None


def _check_option_value(member: str, option: str, pieces: Pieces) -> None:
    place = f"{member}, {option}"
    if not given(pieces):
        return
    if not joined(pieces):
        raise refusal(given(pieces)[0], place, "is empty, and would be an empty word")
    _check_no_option(place, pieces)
    if option not in _PROPERTY_OPTIONS | _VARIABLE_OPTIONS:
        check_value(place, option, pieces)
        return
    parts = partition(pieces, "=")
    if parts is None:
        raise refusal(given(pieces)[0], place, "would name a property, which only the template can do,")
    name, value = parts
    for piece in given(name):
        if not _NAME.fullmatch(piece.text):
            raise refusal(piece, place, "is part of a property's name and holds more than letters, digits, _ and -")
    if option in _VARIABLE_OPTIONS:
        check_expansions(place, value)
    else:
        _fill_property(f"{member}, {joined(name)}", joined(name).strip(), value)


def _fill_property(place: str, key: str, pieces: Pieces) -> str:
    if given(pieces):
        check_value(place, key, pieces)
    return joined(pieces)


def _check_no_option(place: str, pieces: Pieces) -> None:
    # An empty value makes an option of what follows it.
    own = pieces and pieces[0].parameter is None
    if joined(pieces).startswith("-") and not own:
        raise refusal(pieces[0], place, "makes a word that begins with '-', and would be an option")
