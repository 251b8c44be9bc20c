"""Problems that checks find, and the outcome of a table of checks. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal, TypeVar

Facts = TypeVar("Facts")


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing that is wrong."""

    thing: str
    """Its name: a file, a process, a pod."""
    reason: str
    """One sentence about what is wrong with it."""
    way_out: str
    """One sentence about what to do, with the command where there is one."""


@dataclass(frozen=True)
class NotChecked:
    """The answer of a check that cannot look now."""

    reason: str


@dataclass(frozen=True, kw_only=True)
class Outcome:
    """The outcome of one check."""

    check: str
    problems: tuple[Problem, ...] = ()
    not_checked: str | None = None
    """The reason why nothing was looked at; None if it was."""

    @property
    def status(self) -> Literal["ok", "wrong", "not checked"]:
        """The outcome in a word."""
        if self.problems:
            return "wrong"
        return "ok" if self.not_checked is None else "not checked"


def run_checks(
    checks: Mapping[str, Callable[[Facts], Iterable[Problem] | NotChecked]], facts: Facts
) -> Iterator[Outcome]:
    """Yields the outcome of each check, in the table's order."""
    for name, check in checks.items():
        found = check(facts)
        if isinstance(found, NotChecked):
            yield Outcome(check=name, not_checked=found.reason)
        else:
            yield Outcome(check=name, problems=tuple(found))


def outcome_lines(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yields a line for each check, and three below it for each problem."""
    for outcome in outcomes:
        note = f"  ({outcome.not_checked})" if outcome.not_checked is not None else ""
        yield f"{outcome.status:<12}{outcome.check}{note}"
        for problem in outcome.problems:
            yield f"{'':<12}- {problem.thing}"
            yield f"{'':<14}why: {problem.reason}"
            yield f"{'':<14}way out: {problem.way_out}"


def as_object(outcome: Outcome, *, part: str) -> dict[str, Any]:
    """Returns an outcome for `--json`.

    Args:
        part: `embedded` or `cluster`.
    """
    return {
        "part": part,
        "check": outcome.check,
        "status": outcome.status,
        "notChecked": outcome.not_checked,
        "problems": [
            {"thing": found["thing"], "reason": found["reason"], "wayOut": found["way_out"]}
            for found in map(asdict, outcome.problems)
        ],
    }
