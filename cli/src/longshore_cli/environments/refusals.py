"""What `kubectl` prints when the API server refuses, as one sentence for whoever wants an environment. Pure.

Sources: Kubernetes' apimachinery, `api/errors` and `util/validation/field`; kubectl, `cmd/util/helpers.go`.
"""

import re

_DENIED = re.compile(r"denied request: (?P<reason>.+)", re.DOTALL)
_NO_RIGHT = re.compile(r'User "(?P<user>[^"]*)" cannot (?P<verb>\w+) resource "(?P<what>[^"]*)"')
_FORBIDDEN = re.compile(r" is forbidden: (?P<reason>.+)", re.DOTALL)
_INVALID = re.compile(r'The AirflowEnvironment "[^"]*" is invalid: (?P<faults>.+)', re.DOTALL)
_FAULT = re.compile(
    r"(?P<field>\S+): (?:Invalid|Unsupported|Required|Duplicate|Forbidden|Too \w+)(?: value)?"
    r'(?:: (?:"(?:[^"\\]|\\.)*"|\{.*?\}|[^\s:]+))?: (?P<message>.+)',
    re.DOTALL,
)
_ABSENT_KIND = re.compile(r"no matches for kind|doesn't have a resource type")
_AWAY = re.compile(r"connection to the server|Unable to connect to the server|i/o timeout|has not ended within")
_PREFIX = re.compile(r"^(?:Error from server(?: \(\w+\))?|error): (?:error when creating \"STDIN\": )?")


def is_away(said: str) -> bool:
    """Whether the API server has not answered, so that asking again may help."""
    return _AWAY.search(said) is not None


def sentence(said: str, *, name: str = "") -> str:
    """What is wrong, and the way out where there is one.

    Args:
        said: what kubectl has printed.
        name: of the environment that it was about.
    """
    said = said.strip()
    if is_away(said):
        return f"The cluster does not answer ({_one_line(said)}); `longshore cluster status` looks at this checkout's."
    if _ABSENT_KIND.search(said):
        return "The cluster knows no environments; whoever runs it installs the chart helm/environments."
    if "(AlreadyExists)" in said:
        return f"There is an environment {name!r} already; choose another name, or see `longshore env status {name}`."
    if match := re.search(r'namespaces "([^"]*)" not found', said):
        return f"The cluster has no namespace {match[1]!r}; say with --namespace where its environments lie."
    if match := _DENIED.search(said):
        return _one_line(match["reason"])
    if match := _NO_RIGHT.search(said):
        return (
            f"You are {match['user']!r}, who may not {match['verb']} {match['what']} here; whoever runs the platform "
            "lets you by `users` of the chart helm/environments."
        )
    if match := _INVALID.search(said):
        return " ".join(
            dict.fromkeys(_fault(each) for each in re.split(r"(?:^|\n)\* ", match["faults"]) if each.strip())
        )
    if match := _FORBIDDEN.search(said):
        return _one_line(match["reason"])
    return _one_line(_PREFIX.sub("", said))


def _fault(text: str) -> str:
    text = _one_line(text)
    match = _FAULT.fullmatch(text)
    if match is None:
        return text
    field, message = match["field"], match["message"]
    shown = message if field == "<nil>" or field in message else f"{field}: {message}"
    return shown if shown.endswith((".", "'")) else f"{shown}."


def _one_line(text: str) -> str:
    return " ".join(text.split())
