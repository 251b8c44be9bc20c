"""The web application of the wake page. The gateway sends it every request that it cannot send to an Airflow."""

import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict
from datetime import UTC, datetime

from aiohttp import web

from environments.clients.kubernetes import Kubernetes
from environments.exceptions import ConfigurationError, KubernetesError, SpecError
from environments.requests.api_paths import environments_path
from environments.resource.names import ACTIVITY_ANNOTATION, MAX_NAME_LENGTH, Names
from environments.settings import Settings
from environments.wake_page.answers import Answer, answer, may_wake, wants_to_open, was_just_touched
from environments.wake_page.html import REFRESH_SECONDS, page

PORT = 8081
"""The port that the gateway connects to. helm/environments and images/gateway name it, too."""
_PATH = re.compile(r"/env/([^/]+)(?:/.*)?", re.DOTALL)


def application(kubernetes: Kubernetes, settings: Settings) -> web.Application:
    """Returns the web application."""

    async def answered(request: web.Request) -> Answer:
        match = _PATH.fullmatch(request.path)
        if match is None:
            text = "Environments are at /env/NAME; `longshore env list` shows them."
            return Answer(status=404, title="There is nothing here", text=text)
        name = match[1]
        try:
            where = environments_path(settings.namespace, Names(name).name)
        except SpecError as error:
            return Answer(status=404, title=f"There is no environment {name[:MAX_NAME_LENGTH]}", text=str(error))
        try:
            body = await kubernetes.get(where)
            waking = may_wake(body) and wants_to_open(request.method, request.headers)
            if body is not None and waking and not was_just_touched(body, now := datetime.now(UTC)):
                touch = {ACTIVITY_ANNOTATION: now.strftime("%Y-%m-%dT%H:%M:%SZ")}
                await kubernetes.merge(where, {"metadata": {"annotations": touch}})
        except KubernetesError:  # its message is for platform operators only
            text = "The state of the environment is unknown at the moment. This page will try again."
            return Answer(status=503, title=f"{name} does not answer", text=text)
        return answer(name, body, waking=waking)

    async def handle(request: web.Request) -> web.Response:
        found = await answered(request)
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        } | ({"Retry-After": str(REFRESH_SECONDS)} if found.status == 503 else {})
        if "text/html" in request.headers.get("Accept", ""):
            return web.Response(status=found.status, text=page(found), content_type="text/html", headers=headers)
        text = json.dumps({name: value for name, value in asdict(found).items() if value is not None})
        return web.Response(status=found.status, text=text, content_type="application/json", headers=headers)

    made = web.Application()
    made.router.add_route("*", "/{path:.*}", handle)
    return made


@asynccontextmanager
async def serving(kubernetes: Kubernetes, settings: Settings, *, port: int) -> AsyncIterator[None]:
    """Serves the wake page on all addresses for the time of the context.

    Raises:
        ConfigurationError: the port is already in use.
    """
    async with listening(application(kubernetes, settings), port=port, option="--door-port"):
        yield


@asynccontextmanager
async def listening(made: web.Application, *, port: int, option: str) -> AsyncIterator[None]:
    """Serves an application on all addresses for the time of the context.

    Args:
        option: the program's option that sets the port.

    Raises:
        ConfigurationError: the port is already in use.
    """
    runner = web.AppRunner(made, access_log=None)  # the gateway has a log
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            raise ConfigurationError(
                f"Port {port} cannot be used ({error.strerror}). Choose another one with {option}."
            ) from error
        yield
    finally:
        await runner.cleanup()
