"""Environments' objects for tests."""

from typing import Any

OLD, NEW = "a" * 40, "b" * 40
URL = "http://localhost/env/mine"


def body(status: dict[str, Any] | None = None, *, name: str = "mine", **spec: Any) -> dict[str, Any]:
    """An object as the API server gives it; `spec` is over a small one's."""
    git = {"url": "https://git.example/dags", "branch": "my-change"}
    return {
        "metadata": {"name": name, "uid": "1", "generation": 1, "creationTimestamp": "2026-11-25T12:00:00Z"},
        "spec": {"owner": "ann", "git": git, "ttl": "72h", "idle": "2h", "size": "small"} | spec,
        "status": status or {},
    }


def status(
    phase: str,
    *,
    commit: str | None = None,
    broken: tuple[str, ...] = (),
    synced: tuple[str, str] = ("Unknown", "Parsing"),
    degraded: tuple[str, str] = ("False", "AsExpected"),
    message: str = "",
    generation: int = 1,
    **others: Any,
) -> dict[str, Any]:
    """A status by its phase, the parsed commit, and the files that cannot be imported."""
    if commit is not None and synced[1] == "Parsing":
        synced = ("False", "ImportErrors") if broken else ("True", "Parsed")
    conditions = {
        "Ready": ("True" if phase == "Ready" else "False", phase),
        "Synced": synced,
        "Degraded": degraded,
    }
    return {
        "phase": phase,
        "url": URL,
        "observedGeneration": generation,
        "importErrors": [{"file": file, "message": "Traceback:\nImportError: no [bold] module"} for file in broken],
        "conditions": [
            {"type": kind, "status": word, "reason": reason, "message": message, "observedGeneration": generation}
            for kind, (word, reason) in conditions.items()
        ],
        **({"commit": commit} if commit else {}),
        **others,
    }
