"""Error answers as AWS's REST services give them: the code in a header, the message in the body."""

import uuid

from starlette.responses import JSONResponse, Response

from emr_containers.exceptions import ApiError

_LONGEST_MESSAGE = 4096
"""Characters of a message: it may repeat parts of a request, which may be large."""


def new_request_id() -> str:
    """Returns a new ID of a request, for `x-amzn-RequestId` and the log."""
    return str(uuid.uuid4())


def error_response(error: ApiError, request_id: str) -> Response:
    """Returns `error` as an answer."""
    headers = {"x-amzn-ErrorType": error.code, "x-amzn-RequestId": request_id}
    text = str(error)
    message = text if len(text) <= _LONGEST_MESSAGE else f"{text[: _LONGEST_MESSAGE - 3]}..."
    return JSONResponse({"message": message}, status_code=error.status, headers=headers)
