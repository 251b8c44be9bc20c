"""The door: what somebody finds at an environment's address while its Airflow does not answer there.

The gateway leads here whatever it cannot lead to an Airflow. Who opens an environment that is asleep wakes it. Nobody
is signed in here, so that nothing is told but what the status says, and nothing done but to wake.
"""

import json
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any

from aiohttp import web

from environments.clients.kubernetes import Kubernetes, environments_path
from environments.exceptions import ConfigurationError, KubernetesError, SpecError
from environments.names import ACTIVITY_ANNOTATION, MOST, Names
from environments.settings import Settings
from environments.spec import moment

PORT = 8081
"""Where the gateway finds it. helm/environments and images/gateway say the same."""
_AGAIN_SECONDS = 3
_PATIENCE = timedelta(seconds=30)
"""How long a wish to wake has until it shows in the phase; then it is made again."""
_PATH = re.compile(r"/env/([^/]+)(?:/.*)?", re.DOTALL)
_PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">{refresh}
<title>{title}</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 50rem; margin: 4rem auto; padding: 0 1rem }}
td, th {{ text-align: left; vertical-align: top; padding: .2rem 1rem .2rem 0 }}
</style>
</head>
<body>
<main>
<h1>{title}</h1>
<p role="status">{text}</p>
{table}
</main>
</body>
</html>
"""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What somebody is told."""

    status: int
    """Of HTTP: 503 where something will change by itself, 404 where nothing will."""
    title: str
    text: str
    phase: str | None = None
    conditions: tuple[Mapping[str, str], ...] = field(default=())
    """Each with type, status, reason and message."""


def answer(name: str, body: Mapping[str, Any] | None, *, waking: bool) -> Answer:
    """What is told of the environment. Pure.

    Args:
        body: the object; None where there is none.
        waking: whether it is asleep and was told to wake.
    """
    if body is None:
        how = f"Make it with: longshore env create {name} --branch BRANCH"
        return Answer(status=404, title=f"There is no environment {name}", text=how)
    status, spec = body.get("status") or {}, body["spec"]
    phase = status.get("phase") or "Pending"
    if body["metadata"].get("deletionTimestamp"):
        return Answer(status=404, title=f"{name} is being deleted", text="All of it goes.", phase="Deleting")
    if phase == "Asleep" and waking:
        title, text = f"{name} wakes up", "Nobody had used it. All is kept, and Airflow is here within a minute."
    elif phase == "Asleep" and spec.get("asleep"):
        title = f"{name} is asleep"
        text = f"{spec['owner']} has put it to sleep, and opening it changes nothing. Use: longshore env wake {name}"
    elif phase == "Asleep":
        title, text = f"{name} is asleep", "Nobody has used it. All is kept; it wakes when its address is opened."
    elif phase == "Ready":
        title, text = f"{name} does not answer", "Its Airflow runs, and should answer at once."
    elif phase == "Degraded":
        title, text = f"{name} is degraded", "It does not come up as it should; its conditions say why."
    else:
        title, text = f"{name} comes up", "Airflow is here when it is ready."
    conditions = tuple(
        {key: str(each.get(key, "")) for key in ("type", "status", "reason", "message")}
        for each in status.get("conditions") or []
    )
    return Answer(status=503, title=title, text=text, phase=phase, conditions=conditions)


def page(told: Answer) -> str:
    """The answer for people; it asks again by itself where something will change. Pure."""
    rows = [("Phase", told.phase or "", "")] if told.phase else []
    rows += [(each["type"], each["status"], f"{each['reason']} {each['message']}") for each in told.conditions]
    cells = "\n".join(f"<tr><th>{'<td>'.join(escape(cell) for cell in row)}" for row in rows)
    return _PAGE.format(
        refresh=f'\n<meta http-equiv="refresh" content="{_AGAIN_SECONDS}">' if told.status == 503 else "",
        title=escape(told.title),
        text=escape(told.text),
        table=f"<table>\n{cells}\n</table>" if rows else "",
    )


def wants(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a request is a wish to use the environment. Pure.

    A browser fetches ahead what nobody may open; and a page of Airflow's that was left open goes on asking for news,
    and would never let its environment sleep. Source: W3C, "Fetch Metadata Request Headers".
    """
    return (
        method in ("GET", "HEAD")
        and headers.get("Sec-Fetch-Dest") != "empty"
        and "prefetch" not in headers.get("Sec-Purpose", headers.get("Purpose", ""))
    )


def may_wake(body: Mapping[str, Any] | None) -> bool:
    """Whether it is asleep because nobody used it. What its owner has put to sleep, its owner wakes. Pure."""
    if body is None or body["metadata"].get("deletionTimestamp") or body["spec"].get("asleep"):
        return False
    return (body.get("status") or {}).get("phase") == "Asleep"


def application(kubernetes: Kubernetes, settings: Settings) -> web.Application:
    """The door's web application."""

    async def told(request: web.Request) -> Answer:
        match = _PATH.fullmatch(request.path)
        if match is None:
            text = "Environments are at /env/NAME; `longshore env list` shows them."
            return Answer(status=404, title="There is nothing here", text=text)
        name = match[1]
        try:
            where = environments_path(settings.namespace, Names(name).name)
        except SpecError as error:
            return Answer(status=404, title=f"There is no environment {name[:MOST]}", text=str(error))
        try:
            body = await kubernetes.get(where)
            waking = may_wake(body) and wants(request.method, request.headers)
            if body is not None and waking and not _touched_lately(body, now := datetime.now(UTC)):
                wish = {ACTIVITY_ANNOTATION: now.strftime("%Y-%m-%dT%H:%M:%SZ")}
                await kubernetes.merge(where, {"metadata": {"annotations": wish}})
        except KubernetesError:  # what it says is for those who run the platform
            text = "The cluster does not say how it is at the moment."
            return Answer(status=503, title=f"{name} does not answer", text=text)
        return answer(name, body, waking=waking)

    async def handle(request: web.Request) -> web.Response:
        found = await told(request)
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "X-Robots-Tag": "noindex",
        } | ({"Retry-After": str(_AGAIN_SECONDS)} if found.status == 503 else {})
        if "text/html" in request.headers.get("Accept", ""):
            return web.Response(status=found.status, text=page(found), content_type="text/html", headers=headers)
        text = json.dumps({name: value for name, value in asdict(found).items() if value is not None})
        return web.Response(status=found.status, text=text, content_type="application/json", headers=headers)

    made = web.Application()
    made.router.add_route("*", "/{path:.*}", handle)
    return made


@asynccontextmanager
async def serving(kubernetes: Kubernetes, settings: Settings, *, port: int) -> AsyncIterator[None]:
    """The door is open, on all addresses.

    Raises:
        ConfigurationError: the port is taken.
    """
    runner = web.AppRunner(application(kubernetes, settings), access_log=None)  # the gateway has a log
    await runner.setup()
    try:
        try:
            await web.TCPSite(runner, port=port).start()
        except OSError as error:
            raise ConfigurationError(f"Port {port} is not to be had ({error.strerror}): set --door-port.") from error
        yield
    finally:
        await runner.cleanup()


def _touched_lately(body: Mapping[str, Any], now: datetime) -> bool:
    text = (body["metadata"].get("annotations") or {}).get(ACTIVITY_ANNOTATION)
    try:
        return text is not None and now - moment(text) < _PATIENCE
    except ValueError:
        return False
