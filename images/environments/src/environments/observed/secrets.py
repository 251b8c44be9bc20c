"""Values read from Secrets. Pure."""

import base64
import json
from collections.abc import Mapping
from typing import Any

from environments.exceptions import NotYetError
from environments.resource.names import BASIC_AUTH


def texts(secret: Mapping[str, Any] | None) -> dict[str, str]:
    """Returns a Secret's values as texts, by key; an empty dict for a missing Secret."""
    data = (secret or {}).get("data") or {}
    return {key: base64.b64decode(value).decode(errors="replace") for key, value in data.items()}


def parts(secret: Mapping[str, str], key: str, *, names: tuple[str, ...]) -> dict[str, Any]:
    """Returns the named entries of a JSON file in a Secret.

    Raises:
        NotYetError: an entry is missing, or the file is not a JSON object.
    """
    try:
        table = json.loads(secret.get(key) or "{}")
        missing = [name for name in names if name not in table]
    except (ValueError, TypeError) as error:
        raise NotYetError(
            f"{key} in the shared Secret is not a JSON object. Ask the platform operator to correct it."
        ) from error
    if missing:
        raise NotYetError(
            f"{missing[0]!r} is missing from {key} of the shared Secret. Remove it from the spec, or ask the platform "
            "operator to add it to the Secret."
        )
    return {name: table[name] for name in names}


def basic_auth(secret: Mapping[str, Any]) -> dict[str, str]:
    """Returns the user name and password of a basic-auth Secret, in base64.

    Raises:
        NotYetError: the Secret has another type.
    """
    if secret.get("type") != BASIC_AUTH:
        raise NotYetError(
            f"The Secret {secret['metadata']['name']!r} is not of the type {BASIC_AUTH}, so it cannot open a "
            "repository. Name a Secret of that type."
        )
    return {key: value for key, value in (secret.get("data") or {}).items() if key in ("username", "password")}
