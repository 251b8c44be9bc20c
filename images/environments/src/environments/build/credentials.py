"""The passwords and keys of one environment: generated once, stored in its Secrets, and read from there."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from environments.resource.names import CONTROLLER_USER, DATABASE_SECRET, KEYS_SECRET, LAKE_SECRET, USERS_SECRET

Secrets = Mapping[str, Mapping[str, str]]
"""The values of Secrets: by the Secret's name, and by key."""


@dataclass(frozen=True, kw_only=True, repr=False)
class Credentials:
    """All passwords and keys; never shown."""

    database_password: str
    fernet_key: str
    jwt_secret: str
    session_secret: str
    owner_password: str
    """The owner's password in Airflow's simple auth manager."""
    controller_password: str
    lake_password: str
    """The password of the environment's role in the lake's catalog."""


def credentials(known: Secrets, *, owner: str, make: Callable[[int], bytes] = secrets.token_bytes) -> Credentials:
    """Returns the credentials in the Secrets, and new ones for those that are missing.

    Args:
        make: returns this number of random bytes.
    """
    keys, users = known.get(KEYS_SECRET, {}), _users(known.get(USERS_SECRET, {}))
    return Credentials(
        database_password=_password_in(known.get(DATABASE_SECRET, {}).get("url", "")) or make(24).hex(),
        fernet_key=keys.get("fernet-key") or base64.urlsafe_b64encode(make(32)).decode(),
        jwt_secret=keys.get("jwt-secret") or make(48).hex(),  # SHA-512 needs at least 64 bytes
        session_secret=keys.get("session-secret") or make(48).hex(),
        owner_password=users.get(owner) or make(12).hex(),
        controller_password=users.get(CONTROLLER_USER) or make(24).hex(),
        lake_password=known.get(LAKE_SECRET, {}).get("password") or make(24).hex(),
    )


def _password_in(url: str) -> str | None:
    return urlsplit(url).password


def _users(secret: Mapping[str, str]) -> dict[str, str]:
    try:
        found = json.loads(secret.get("passwords.json", "{}"))
    except ValueError:  # it was changed by hand, and is generated again
        return {}
    return found if isinstance(found, dict) else {}
