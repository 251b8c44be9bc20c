"""Texts that this server's requests can have, as forms that a policy's pattern must meet. Pure.

A pattern that meets none matches nothing for ever. Sources: the API's model (`ResourceIdString`, `IAMRoleArn`,
`TagMap`), and the ARNs in `jobs.identifiers`.
"""

import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from emr_containers.api.model import SERVICE

ID = frozenset(string.ascii_lowercase + string.digits)
NEW_ID = ID | {"*"}
"""The characters of an ID that may not exist yet: something created with tags is requested as `*`."""
_ALPHANUMERIC = frozenset(string.ascii_letters + string.digits)
_PRINTED = frozenset(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, kw_only=True)
class Part:
    """Characters of a form: one of `among`, once or any number of times. `among` of None stands for any character."""

    among: frozenset[str] | None
    repeated: bool = False


Form = Sequence[Part]


def literal(text: str) -> list[Part]:
    """Returns the form of this text alone."""
    return [Part(among=frozenset(character)) for character in text]


def some(among: frozenset[str] | None, *, least: int = 1) -> list[Part]:
    """Returns the form of at least so many of these characters."""
    return [*([Part(among=among)] * least), Part(among=among, repeated=True)]


def resource_forms(paths: Iterable[str], *, among: frozenset[str] = ID) -> list[list[Part]]:
    """Returns the forms of an ARN's last part, such as `/virtualclusters/#`, in which `#` stands for an ID."""
    return [[part for piece in path for part in (some(among) if piece == "#" else literal(piece))] for path in paths]


def arn_forms(region: str, account: str, resources: Iterable[Form]) -> list[list[Form]]:
    """Returns the ARNs of this server with these last parts, each as the forms of its six parts."""
    return [
        [*map(literal, ("arn", "aws", SERVICE, region, account)), resource]  # see jobs.identifiers
        for resource in resources
    ]


def role_forms() -> list[list[Form]]:
    """Returns the forms of an execution role's ARN: it may be of any account."""
    partition = [*literal("aws"), *some(_ALPHANUMERIC | {"-"}, least=0)]
    name = [*literal("role/"), *some(_PRINTED)]
    accounts = [[], [Part(among=frozenset(string.digits))] * 12]
    return [[literal("arn"), partition, literal("iam"), [], account, name] for account in accounts]


def meets(pattern: str, form: Form, *, wild: bool = True) -> bool:
    """Returns True where a text of the form fits the pattern.

    Args:
        pattern: `*` stands for any text in it and `?` for any character.
        wild: False where the pattern is a text that is compared as it is.
    """
    at = _skipping({0}, form)
    for character in pattern:
        if wild and character == "*":
            # Any text: each place from the first on can be reached.
            at = set(range(min(at), len(form) + 1)) if at else at
        else:
            wanted = None if wild and character == "?" else character
            at = {i if form[i].repeated else i + 1 for i in at if i < len(form) and _takes(form[i], wanted)}
        at = _skipping(at, form)
    return len(form) in at


def meets_arn(pattern: str, forms: Sequence[Form]) -> bool:
    """Returns True where an ARN of these six forms fits the pattern, part by part as `rights` compares them."""
    patterns = pattern.split(":", 5)
    return len(patterns) == len(forms) and all(map(meets, patterns, forms))


def meets_text(pattern: str, forms: Sequence[Form], *, wild: bool) -> bool:
    """Returns True where an ARN of these six forms fits the pattern as one text."""
    whole = list(forms[0])
    for form in forms[1:]:
        whole += [*literal(":"), *form]
    return meets(pattern, whole, wild=wild)


def _takes(part: Part, character: str | None) -> bool:
    return character is None or part.among is None or character in part.among


def _skipping(at: set[int], form: Form) -> set[int]:
    reached = set(at)
    for i in range(len(form)):
        if i in reached and form[i].repeated:
            reached.add(i + 1)
    return reached
