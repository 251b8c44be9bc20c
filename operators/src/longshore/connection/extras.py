"""Checks a connection's extra as a whole: keys that nothing reads, and values that cannot be right. Pure.

Readers of the extra take the keys that they know. So a misspelled key is a setting that silently has its default.
"""

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any
from urllib.parse import urlsplit

from longshore.connection.settings import SERVICE, PlatformSettings, setting_place

AMAZON_EXTRAS: Mapping[str, str] = {
    "service_config": "Settings by AWS service. Ours are in `emr-containers`.",
    "region_name": "AWS region; requests are signed for it.",
    "endpoint_url": "Base URL of every service that has none in `service_config`.",
    "verify": "`false`, or a file of certificates (PEM), for the API's TLS. Default: botocore's certificates.",
    "config_kwargs": "Options of botocore's `Config`, such as `retries` and timeouts. They win over the operators'.",
    "aws_access_key_id": "Access key. Default: the connection's login.",
    "aws_secret_access_key": "Secret key. Default: the connection's password.",
    "aws_session_token": "Session token of temporary keys.",
    "session_kwargs": "Old place of the three keys before this one.",
    "profile_name": "A profile of AWS's shared files that has the keys.",
    "role_arn": "A role to assume with the keys.",
    "assume_role_method": "`assume_role`, `assume_role_with_saml` or `assume_role_with_web_identity`.",
    "assume_role_kwargs": "Arguments of that STS operation.",
    "assume_role_with_saml": "How to get a SAML assertion.",
    "assume_role_with_web_identity_federation": "`google` or `file`: where the web identity's token comes from.",
    "assume_role_with_web_identity_federation_audience": "Audience of Google's token.",
    "assume_role_with_web_identity_token_file": "File of the token.",
}
"""The keys of the extra that the amazon provider reads for this hook, and their meanings."""

_URLS = ("endpoint_url", "public_endpoint_url", "history_server_url")
_URIS = ("log_uri", "artifact_uri")


def unread_keys(extra: Mapping[str, Any]) -> list[str]:
    """Returns a sentence for each key that nothing reads, with its place and the nearest key that is read.

    Keys for other programs are left alone: of the extra itself and of `service_config` only those are named that look
    like one of ours. Every key of our own service is ours.
    """
    services = extra.get("service_config")
    service = services.get(SERVICE) if isinstance(services, Mapping) else None
    ours = PlatformSettings.names()
    return [
        *_misplaced(extra, ours),
        *_unread(services, 'extra["service_config"]', [SERVICE], cutoff=0.85),
        *_unread(service, f'extra["service_config"]["{SERVICE}"]', ours, cutoff=0.6, all_ours=True),
    ]


def wrong_values(settings: PlatformSettings) -> list[str]:
    """Returns a sentence for each setting whose value has not the form of its kind."""
    found = []
    for names, schemes, kind in (
        (_URLS, ("http", "https"), "an address that begins with http:// or https://"),
        (_URIS, ("file", "s3"), "a URI that begins with file:/// or s3://"),
    ):
        for name in names:
            value = getattr(settings, name)
            if value is not None and not _has_scheme(value, schemes):
                found.append(f"{setting_place(name)} is {value!r}: give {kind}.")
    role = settings.execution_role_arn
    if role is not None and not (role.startswith("arn:") and ":role/" in role):
        found.append(f"{setting_place('execution_role_arn')} is {role!r}: give a role's ARN, arn:aws:iam::…:role/….")
    return found


def _misplaced(extra: Mapping[str, Any], ours: Iterable[str]) -> Iterator[str]:
    for key in extra:
        if key in AMAZON_EXTRAS:
            continue
        if key in ours:
            yield f'extra["{key}"] is read by nothing there: move it to {setting_place(key)}.'
        elif near := get_close_matches(str(key).lower(), AMAZON_EXTRAS, 1, 0.7):
            yield _sentence("extra", key, near)


def _unread(found: object, place: str, known: list[str], *, cutoff: float, all_ours: bool = False) -> Iterator[str]:
    for key in found if isinstance(found, Mapping) else ():
        near = get_close_matches(str(key).lower(), known, 1, cutoff)
        if key not in known and (near or all_ours):
            yield _sentence(place, key, near, known=known)


def _sentence(place: str, key: object, near: list[str], *, known: Iterable[str] = ()) -> str:
    way_out = f"Did you mean {near[0]!r}?" if near else f"It may have {', '.join(sorted(known))}."
    return f"{place} has the key {key!r}, which nothing reads. {way_out}"


def _has_scheme(value: str, schemes: tuple[str, ...]) -> bool:
    try:
        parts = urlsplit(value)
    except ValueError:
        return False
    return parts.scheme in schemes and bool(parts.path if parts.scheme == "file" else parts.netloc)
