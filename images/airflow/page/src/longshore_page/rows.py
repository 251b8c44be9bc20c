"""Rows of the page: the fields that it shows for each environment. Pure."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict  # pydantic does not accept that of Python 3.11

from longshore_page.identity import Caller

_TELLING = (("Degraded", "True"), ("Synced", "False"), ("Expiring", "True"), ("Ready", "False"))
"""Conditions that explain a problem, the most serious first."""


class ImportFailure(TypedDict):
    """A file that its Airflow cannot import."""

    file: str
    message: str


class Row(TypedDict):
    """One environment, in the JSON of the page's API."""

    name: str
    owner: str
    mine: bool
    """True if the user may change it."""
    repository: str
    revision: str
    """The branch that it follows, or its fixed commit."""
    phase: str
    asleep: bool
    """True if it sleeps, or is told to."""
    reason: str
    """The most serious problem; empty without one."""
    commit: str
    """The commit that its Airflow has parsed; empty before that."""
    import_errors: list[ImportFailure]
    url: str
    """The address; empty until it has one."""
    expires_at: str | None
    """The time of its end (RFC 3339). None: never, or not known yet."""
    endless: bool


def row(body: Mapping[str, Any], caller: Caller) -> Row:
    """Returns the row of an object for a user."""
    metadata, spec, status = body["metadata"], body["spec"], body.get("status") or {}
    phase = "Deleting" if metadata.get("deletionTimestamp") else status.get("phase", "Pending")
    return Row(
        name=metadata["name"],
        owner=spec["owner"],
        mine=caller.may_change(body),
        repository=spec["git"]["url"],
        revision=spec["git"].get("branch") or spec["git"].get("commit", ""),
        phase=phase,
        asleep=bool(spec.get("asleep")) or phase == "Asleep",
        reason="" if phase == "Deleting" else _reason(status, phase),
        commit=status.get("commit", ""),
        import_errors=[
            ImportFailure(file=each["file"], message=each.get("message", ""))
            for each in status.get("importErrors") or ()
        ],
        url=status.get("url", ""),
        expires_at=status.get("expiresAt"),
        endless="ttl" not in spec,
    )


def _reason(status: Mapping[str, Any], phase: str) -> str:
    found = {each["type"]: each for each in status.get("conditions") or ()}
    for kind, wrong in _TELLING:
        # A sleeping environment is not ready, and should not be.
        if kind in found and found[kind]["status"] == wrong and not (kind == "Ready" and phase == "Asleep"):
            return str(found[kind].get("message") or found[kind]["reason"])
    return ""
