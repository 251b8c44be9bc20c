"""The audit log: which key changed what, and what was refused, a line each.

A line names key, caller, address, operation and resource. It holds no secret and nothing that a job is given: of tags
it has the keys.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO, cast

import structlog

from emr_containers.exceptions import AccessDeniedException, ApiError, ConfigurationError, SignatureError

log = structlog.get_logger()

_LONGEST = 512
"""Characters of a field: the client chose some of them."""


class AuditLog:
    """Lines of their own logger, `logger=audit`, on standard output or in a file."""

    def __init__(self, path: Path | None) -> None:
        """Args:
        path: the file, which is appended to, and made again where it was moved away; None: standard output.

        Raises:
            ConfigurationError: the file cannot be written to.
        """
        self._log: Any = log.bind(logger="audit")
        if path is not None:
            try:
                path.open("a").close()
            except OSError as error:
                raise ConfigurationError(
                    f"The audit log {str(path)!r} cannot be written to: {error.strerror}; name another --audit-log."
                ) from error
            self._log = structlog.wrap_logger(structlog.WriteLogger(cast(TextIO, _Appended(path)))).bind(logger="audit")

    def done(self, *, method: str, **fields: str | None) -> None:
        """Writes down a request that was answered, where it may have changed something."""
        if method != "GET":
            self._log.info("audit", outcome="done", **_shown(fields))

    def refused(self, error: ApiError, *, method: str, **fields: str | None) -> None:
        """Writes down a request that was refused, where it would have changed something, or for want of a right."""
        if method != "GET" or isinstance(error, AccessDeniedException | SignatureError):
            self._log.info("audit", outcome="refused", code=error.code, **_shown(fields))


class _Appended:
    """A file that is opened for each line, so that it may be rotated at any time."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def write(self, text: str) -> None:
        try:
            with self._path.open("a") as file:
                file.write(text)
        except OSError as error:
            log.error("a line of the audit log was lost", reason=error.strerror)

    def flush(self) -> None:
        """Nothing: each line is written when it comes."""


def _shown(fields: Mapping[str, str | None]) -> dict[str, str]:
    return {name: text[:_LONGEST] for name, text in fields.items() if text}
