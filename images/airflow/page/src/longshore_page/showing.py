"""What the page shows of an environment. Pure."""

from collections.abc import Mapping
from typing import Any

from typing_extensions import TypedDict  # Python 3.11's own is too little for pydantic

from longshore_page.identity import Caller

_TELLING = (("Degraded", "True"), ("Synced", "False"), ("Expiring", "True"), ("Ready", "False"))
"""Conditions that say why it is not as it should be, the gravest first."""


class ImportFailure(TypedDict):
    """A file that its Airflow cannot import."""

    file: str
    message: str


class Row(TypedDict):
    """One environment, in the JSON of the page's API."""

    name: str
    owner: str
    mine: bool
    """Whether the user may change it."""
    repository: str
    revision: str
    """The branch, or the commit that it keeps to."""
    phase: str
    asleep: bool
    """Whether it sleeps, or shall."""
    reason: str
    """Why it is not as it should be; empty where it is."""
    commit: str
    """What its Airflow has parsed; empty before."""
    import_errors: list[ImportFailure]
    url: str
    """Its address; empty before it has one."""
    expires_at: str | None
    """RFC 3339; None: never, or not known yet."""
    endless: bool


def row(body: Mapping[str, Any], caller: Caller) -> Row:
    """The object as the API server gives it, for the one who looks."""
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
        # What sleeps is not ready, as it should be.
        if kind in found and found[kind]["status"] == wrong and not (kind == "Ready" and phase == "Asleep"):
            return str(found[kind].get("message") or found[kind]["reason"])
    return ""
