"""Prefixes that a job run's `logUri` is held to."""

import os
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from emr_containers.exceptions import AccessDeniedException, ConfigurationError, ValidationException
from emr_containers.jobs.parameter_text import REFERENCE
from emr_containers.settings import Settings


def check_log_uri(settings: Settings, uri: str | None, *, confined: bool, template_uri: str | None) -> None:
    """Checks that a run's logs go to an allowed place.

    Args:
        uri: the run's `logUri`; None for the server's own place, which is always allowed.
        confined: whether the caller's key has a policy.
        template_uri: the `logUri` of the run's template, with its parameters still in it.

    Raises:
        AccessDeniedException: the place is not allowed.
        ValidationException: the URI cannot be read.
    """
    if uri is None or not (settings.log_uri_prefixes or confined):
        return
    if settings.log_uri_prefixes:
        allowed = list(settings.log_uri_prefixes)
    else:
        own = settings.log_directory.as_uri() if settings.kubernetes is None else settings.kubernetes.log_uri
        allowed = [place for place in (own, template_place(template_uri)) if place]
    # A place that is named as it is needs no plain form.
    if not any(uri == prefix or lies_below(uri, prefix) for prefix in allowed):
        raise AccessDeniedException(
            f"logUri {uri[:200]!r} is not below a place that this server allows for logs: "
            f"{', '.join(allowed) or 'there is none'}. Leave it out, or ask the server's operator for "
            "--log-uri-prefix."
        )


def check_prefix(prefix: str) -> None:
    """Checks a prefix of the settings.

    Raises:
        ConfigurationError: no log can lie below it.
    """
    try:
        if _parts(prefix) is not None:
            return
    except ValidationException:
        pass
    raise ConfigurationError(
        f"--log-uri-prefix is {prefix!r}; use s3://bucket/path or file:///path, without '.', '..', '%' or a query."
    )


def template_place(uri: str | None) -> str | None:
    """Returns the place for logs that a template's own text names; None where a parameter chooses it.

    The place ends with the last whole segment before the first parameter. A bucket or a file system without a path is
    none: a template that names only that has chosen no place in it.

    Raises:
        ValidationException: the template's text is no URI.
    """
    if uri is None or (parameter := REFERENCE.search(uri)) is None:
        return uri
    place = uri[: parameter.start()].rpartition("/")[0]
    parts = _parts(place)
    return None if parts is None or parts[1] == PurePosixPath("/") else place


def lies_below(uri: str, prefix: str) -> bool:
    """Returns True where `uri` is `prefix`, or a place below it; names are compared whole, and links followed.

    Raises:
        ValidationException: one of the two is no URI.
    """
    place, top = _parts(uri), _parts(prefix)
    if place is None or top is None or place[0] != top[0]:
        return False
    return place[1].is_relative_to(top[1])


def _parts(uri: str) -> tuple[str, PurePosixPath] | None:
    """Returns the bucket (`file:` for this machine) and the path; None where it has no plain form."""
    try:
        parts = urlsplit(uri)
    except ValueError as error:
        raise ValidationException(f"The logUri is not a URI that can be read: {error}.") from error
    # urlsplit drops line breaks, tabs and an empty query, which another reader of the URI may keep.
    if set("?#\\") & set(uri) or any(character <= " " for character in uri):
        return None
    path = unquote(parts.path)
    segments = [segment for segment in path.split("/") if segment]
    if any(segment in (".", "..") for segment in segments) or "%" in path or not path.isprintable():
        return None
    if parts.scheme == "s3" and parts.netloc and path == parts.path:
        # In S3 an empty segment is one of the key's.
        return None if "//" in path.strip("/") else (parts.netloc, PurePosixPath("/", *segments))
    if parts.scheme == "file" and not parts.netloc and path.startswith("/"):
        # A link below the prefix leads elsewhere.
        return "file:", PurePosixPath(os.path.realpath(Path("/", *segments)))
    return None
