"""The web application of a page: its files, its headers, and its answers to errors.

Airflow names the user (see `identity`). A browser sends Airflow's cookie even with requests that another site's page
causes. So a change has to be JSON and, from a browser, of this very origin: environments on one host are one site, and
the code that their owners run in them is not trusted.
"""

import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.staticfiles import StaticFiles

from longshore_page.exceptions import InvalidRequestError, NotAllowedError, PageError

log = logging.getLogger(__name__)
SHARED_FILES = Path(__file__).with_name("static")
"""The files of the page "Environments"; the other pages use its style and its scripts."""
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
        "form-action 'none'; frame-ancestors 'self'"
    ),
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
"""Headers of every answer. `no-cache` makes a browser ask each time, and get a file only when it has changed."""


class _Files(StaticFiles):
    """The files of a page, and the shared ones behind them."""

    def __init__(self, folder: Path) -> None:
        super().__init__(directory=folder, html=True)
        self.all_directories = [folder, *({SHARED_FILES} - {folder})]


def page_application(
    title: str, *, api: APIRouter, files: Path = SHARED_FILES, close: Callable[[], Awaitable[None]] | None = None
) -> FastAPI:
    """Returns a page: its REST API below `/api`, and its files.

    Args:
        files: the folder of its files; those of `SHARED_FILES` are there, too.
        close: ends its connections; it becomes `state.close`.
    """
    app = FastAPI(title=title, openapi_url=None)
    app.state.close = close or _nothing
    app.include_router(api, prefix="/api")
    app.mount("/", _Files(files))

    @app.exception_handler(PageError)
    async def told(_: Request, error: PageError) -> JSONResponse:
        if error.status >= 500:
            log.warning("%s", error, exc_info=error.__cause__)
        return JSONResponse({"detail": str(error)}, status_code=error.status)

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        # The answer does not repeat the input.
        found = [f"{'.'.join(str(part) for part in each['loc'][1:])}: {each['msg']}" for each in error.errors()]
        return JSONResponse({"detail": "; ".join(found)}, status_code=422)

    @app.middleware("http")
    async def guarded(request: Request, proceed: Callable[[Request], Awaitable[Response]]) -> Response:
        response = await proceed(request)
        response.headers.update(_HEADERS)
        return response

    return app


async def _nothing() -> None:
    pass


def by_our_page(request: Request) -> None:
    """Refuses requests that another site's page causes. Source: W3C, "Fetch Metadata Request Headers"."""
    if request.headers.get("Content-Type", "").partition(";")[0].strip().lower() != "application/json":
        raise InvalidRequestError("A change has to be JSON; set Content-Type to application/json.")
    if request.headers.get("Sec-Fetch-Site", "same-origin") != "same-origin":
        raise NotAllowedError(
            "The request comes from another site's page; open the page in Airflow, and repeat it there."
        )
