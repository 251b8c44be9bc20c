"""The API server's answers: objects, refusals, and the lines of a watch. Pure."""

import json
from collections.abc import Mapping
from typing import Any

from longshore_libs.exceptions import KubernetesError

_OTHER_FORM = "the answer does not have the API's form"
_BAD_GATEWAY = 502
"""The status of an answer in another form: it comes from something between us and the API server."""


def parse_answer(status: int, body: bytes) -> Any:
    """Returns the object of an answer.

    Raises:
        KubernetesError: the API server refused the request, or the answer is not JSON.
    """
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        other = status if status >= 300 else _BAD_GATEWAY
        raise KubernetesError(status=other, reason="", message=_OTHER_FORM) from error
    if status >= 300:
        raise refusal(status, answer)
    return answer


def refusal(status: int, answer: Any) -> KubernetesError:
    """Returns the error for a refusal.

    Args:
        answer: an object `Status`, or anything else.
    """
    if not isinstance(answer, Mapping):
        return KubernetesError(status=status, reason="", message=_OTHER_FORM)
    reason, message = str(answer.get("reason") or ""), str(answer.get("message") or _OTHER_FORM)
    return KubernetesError(status=status, reason=reason, message=message, answer=answer)


class WatchLines:
    """The lines of a watch, of which each is an event, from pieces of any size."""

    def __init__(self) -> None:
        self._left = b""

    def take(self, piece: bytes) -> list[Mapping[str, Any]]:
        """Returns the events that are complete with this piece.

        Raises:
            KubernetesError: the API server ended the watch, or a line is not an event.
        """
        *lines, self._left = (self._left + piece).split(b"\n")
        return [_event(line) for line in lines if line]


def _event(line: bytes) -> Mapping[str, Any]:
    event = parse_answer(200, line)
    if not isinstance(event, Mapping) or not isinstance(event.get("object"), Mapping) or "type" not in event:
        raise KubernetesError(status=_BAD_GATEWAY, reason="", message=_OTHER_FORM)
    if event["type"] == "ERROR":
        code = event["object"].get("code")
        raise refusal(code if isinstance(code, int) else 500, event["object"])
    return event
