"""What the page says of what cannot be done.

PageError
├── SettingsError     the page is not set up as it should be
├── WishError         somebody asks for what is none, or cannot be had
├── NotAllowedError   it is another's, or not for this user
├── NotFoundError     there is no such environment
├── TakenError        another one has the name, or has come in its place
└── AwayError         Kubernetes or git does not answer, or does not let the page do its work
"""

from typing import ClassVar


class PageError(Exception):
    """What is told to the user: one sentence that says what is wrong, and the way out."""

    status: ClassVar[int] = 500
    """Of HTTP."""


class SettingsError(PageError):
    """The page is not set up as it should be."""


class WishError(PageError):
    """Somebody asks for what is none, or cannot be had."""

    status = 422


class NotAllowedError(PageError):
    """It is another's, or not for this user."""

    status = 403


class NotFoundError(PageError):
    """There is no such environment."""

    status = 404


class TakenError(PageError):
    """Another one has the name, or has come in its place."""

    status = 409


class AwayError(PageError):
    """Kubernetes or git does not answer, or does not let the page do its work."""

    status = 502
