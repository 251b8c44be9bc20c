"""The errors of the page.

PageError
├── SettingsError        the page has invalid settings
├── InvalidRequestError  a user asks for something invalid, or not offered here
├── NotAllowedError      the user may not do this, or not to another owner's environment
├── NotFoundError        the environment does not exist
├── TakenError           another environment has the name, or has replaced this one
└── UnavailableError     Kubernetes or git does not answer, or refuses the page's requests
"""

from typing import ClassVar


class PageError(Exception):
    """Base of all errors. The user sees the message: one sentence about the problem and the way out."""

    status: ClassVar[int] = 500
    """The HTTP status of the answer."""


class SettingsError(PageError):
    """The page has invalid settings."""


class InvalidRequestError(PageError):
    """A user asks for something invalid, or not offered here."""

    status = 422


class NotAllowedError(PageError):
    """The user may not do this, or not to another owner's environment."""

    status = 403


class NotFoundError(PageError):
    """The environment does not exist."""

    status = 404


class TakenError(PageError):
    """Another environment has the name, or has replaced this one."""

    status = 409


class UnavailableError(PageError):
    """Kubernetes or git does not answer, or refuses the page's requests."""

    status = 502
