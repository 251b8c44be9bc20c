"""An error as AWS's REST services answer it: the code in a header, the message in the body."""

import uuid

from starlette.responses import JSONResponse, Response

from emr_containers.exceptions import ApiError


def new_request_id() -> str:
    """What `x-amzn-RequestId` and the log call a request."""
    return str(uuid.uuid4())


def refusal(error: ApiError, request_id: str) -> Response:
    """The answer that is `error`."""
    headers = {"x-amzn-ErrorType": error.code, "x-amzn-RequestId": request_id}
    return JSONResponse({"message": str(error)}, status_code=error.status, headers=headers)
