"""The errors of the shared code. Each program explains them to its own users.

LibsError
├── QuantityError        a text is not a quantity of Kubernetes
├── DurationError        a text is not a duration
├── AccessError          a cluster's configuration cannot be used
│   ├── NoClusterError   no cluster is configured
│   └── TokenError       the credentials cannot be read now; worth a retry
└── KubernetesError      the API server refused a request
"""

from collections.abc import Mapping
from typing import Any


class LibsError(Exception):
    """Base of all errors."""


class QuantityError(LibsError, ValueError):
    """A text is not a quantity of Kubernetes."""


class DurationError(LibsError, ValueError):
    """A text is not a duration, or the duration is zero."""


class AccessError(LibsError):
    """A cluster's configuration cannot be used; the message begins with the file or the variable."""


class NoClusterError(AccessError):
    """No cluster is configured: this is not a pod, and no kubeconfig exists."""


class TokenError(AccessError, OSError):
    """The credentials cannot be read now. Kubernetes or a plugin may be replacing them, so a retry may help."""


class KubernetesError(LibsError):
    """The API server refused a request.

    Args:
        status: the HTTP status.
        reason: the refusal in one word, such as `NotFound`; empty if the answer has none.
        message: the API server's own message.
        answer: the whole object `Status`. Source: Kubernetes API conventions, "Response Status Kind".
    """

    def __init__(self, *, status: int, reason: str, message: str, answer: Mapping[str, Any] | None = None) -> None:
        super().__init__(f"{reason or status}: {message}")
        self.status, self.reason, self.message, self.answer = status, reason, message, answer or {}
