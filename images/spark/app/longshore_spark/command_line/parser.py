"""The parts that the command lines of all applications share. Pure."""

import argparse
import re
from typing import NoReturn

from longshore_spark.exceptions import ArgumentError

NONE = "-"
"""A job template's parameter may not be empty: this stands for "not given"."""


class ArgumentParser(argparse.ArgumentParser):
    """A parser that raises what is wrong instead of ending the process.

    Args:
        subject: the subject of its messages, such as `the transfer`.
    """

    def __init__(self, *, prog: str, description: str, subject: str) -> None:
        super().__init__(prog=prog, description=description, allow_abbrev=False)
        self._subject = subject

    def error(self, message: str) -> NoReturn:
        raise ArgumentError(f"The arguments of {self._subject} are wrong: {message}.")


def optional(value: str | None) -> str | None:
    """Returns the value of an argument; None if it was not given."""
    return None if value in (None, NONE) else value


def whole_number(text: str) -> int | None:
    """Returns the whole number in a text; None if it holds none. A template's NUMBER may come as "2.0"."""
    return int(float(text)) if re.fullmatch(r"\d+(\.0*)?", text) else None
