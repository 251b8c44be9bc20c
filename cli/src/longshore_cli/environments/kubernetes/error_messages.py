"""The errors that `kubectl` prints, as one sentence for the user of an environment. Pure.

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


def is_unavailable(said: str) -> bool:
    """Returns true if the API server did not answer, so that a retry may help."""
    return _AWAY.search(said) is not None


def explain(said: str, *, name: str = "") -> str:
    """Returns what failed, and what to do if anything helps.

    Args:
        said: the output of kubectl.
        name: the name of the environment concerned.
    """
    said = said.strip()
    if is_unavailable(said):
        return (
            f"The cluster does not answer ({_one_line(said)}). Check this checkout's cluster with `longshore cluster "
            "status`."
        )
    if _ABSENT_KIND.search(said):
        return (
            "The cluster does not support environments. Ask the platform operator to install the chart "
            "helm/environments."
        )
    if "(AlreadyExists)" in said:
        return f"The environment {name!r} already exists. Choose another name, or see `longshore env status {name}`."
    if match := re.search(r'namespaces "([^"]*)" not found', said):
        return f"The cluster has no namespace {match[1]!r}. Name the namespace of its environments with --namespace."
    if match := _DENIED.search(said):
        return _one_line(match["reason"])
    if match := _NO_RIGHT.search(said):
        return (
            f"You are {match['user']!r}, who may not {match['verb']} {match['what']} here. Ask the platform operator "
            "to add you to `users` of the chart helm/environments."
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
