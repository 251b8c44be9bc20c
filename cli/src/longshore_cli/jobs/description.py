"""`longshore jobs describe`: a job run and all that it left, as JSON and as lines. Pure."""

import shlex
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from longshore_cli.clients.job_pods import COMPONENT, name_of
from longshore_cli.jobs.record import moment
from longshore_cli.jobs.runs import format_duration

if TYPE_CHECKING:
    from mypy_boto3_emr_containers.type_defs import JobRunTypeDef

_OWNER_TAG = "longshore.dev/owner"
_YUNIKORN_USER = "yunikorn.apache.org/username"
_SIZING = "spark.kubernetes.driver.annotation.longshore.dev/sizing"


def describe(
    run: "JobRunTypeDef",
    *,
    now: datetime,
    record: Mapping[str, Any],
    pods: Iterable[Mapping[str, Any]] | None,
    logs: Mapping[str, str],
    history_server: str | None,
) -> dict[str, Any]:
    """Returns the run as JSON's types and times.

    Args:
        now: timezone-aware.
        record: see `read_record`; empty where there is none.
        pods: the run's pods as Kubernetes has them; None if the cluster cannot be asked.
        logs: addresses of the logs, by what they hold.
        history_server: the address of the run's application in a Spark History Server; None if none is known.
    """
    drivers: Iterable[Any] = run.get("jobDriver", {}).values()
    driver: Mapping[str, Any] = next(iter(drivers), {})
    properties = _properties(run)
    queued = moment(dict(record), "createdAt") or run["createdAt"]
    started = moment(dict(record), "startedAt")
    ended = moment(dict(record), "finishedAt") or run.get("finishedAt")
    listed = None if pods is None else [_pod(pod) for pod in pods]
    return {
        "id": run["id"],
        "name": run.get("name"),
        "virtualClusterId": run["virtualClusterId"],
        "state": run["state"],
        "failureReason": run.get("failureReason"),
        "details": run.get("stateDetails"),
        "messages": record.get("messages", []),
        "queuedAt": queued,
        "startedAt": started,
        "endedAt": ended,
        "waitedSeconds": _waited(queued, started, ended, now=now),
        "ranSeconds": None if started is None else _seconds(started, ended or now),
        "attempt": record.get("attempt") or run.get("retryPolicyExecution", {}).get("currentAttemptCount", 1),
        "maxAttempts": run.get("retryPolicyConfiguration", {}).get("maxAttempts", 1),
        "template": record.get("template"),
        "releaseLabel": run.get("releaseLabel"),
        "executionRoleArn": run.get("executionRoleArn"),
        "entryPoint": driver.get("entryPoint"),
        "arguments": driver.get("entryPointArguments", []),
        "parameters": driver.get("sparkSubmitParameters") or driver.get("sparkSqlParameters"),
        "properties": {name: value for name, value in properties.items() if name != _SIZING},
        "sizing": (record.get("sizing") or {}).get("why") or _sizing(driver, properties),
        "createdBy": run.get("createdBy"),
        "owner": run.get("tags", {}).get(_OWNER_TAG),
        "tags": run.get("tags", {}),
        "namespace": record.get("namespace"),
        "queueUser": next((pod["queueUser"] for pod in listed or () if pod["queueUser"]), None),
        "pods": listed,
        "logs": dict(logs),
        "historyServer": history_server,
    }


def description_lines(described: Mapping[str, Any]) -> Iterator[str]:
    """Yields the lines for a reader: a name and a value each; what is unknown or empty is left out."""
    for name, value in _rows(described):
        if value:
            first, *others = str(value).splitlines()
            yield f"{name:<16}{first}"
            yield from (f"{'':<16}{line}" for line in others)


def _rows(run: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    yield "job run", run["id"]
    yield "name", run["name"]
    yield "state", run["state"] + (f" ({run['failureReason']})" if run["failureReason"] else "")
    yield "details", run["details"]
    yield "messages", "\n".join(each for each in run["messages"] if each not in (run["details"] or ""))
    yield "queued", _at(run["queuedAt"])
    waited = "" if run["waitedSeconds"] is None else f"waited {format_duration(run['waitedSeconds'])}"
    if run["startedAt"] is None:
        yield "started", f"not yet, {waited}" if run["endedAt"] is None and waited else None
    else:
        yield "started", f"{_at(run['startedAt'])}, {waited}"
    if run["endedAt"] is not None:
        ran = "" if run["ranSeconds"] is None else f", ran {format_duration(run['ranSeconds'])}"
        yield "ended", f"{_at(run['endedAt'])}{ran}"
    elif run["ranSeconds"] is not None:
        yield "running for", format_duration(run["ranSeconds"])
    yield "attempt", f"{run['attempt']} of {run['maxAttempts']}"
    template = run["template"]
    yield "template", None if template is None else f"{template['name'] or 'deleted since'} ({template['id']})"
    yield "release", run["releaseLabel"]
    yield "entry point", run["entryPoint"]
    yield "arguments", _option_lines(run["arguments"])
    yield "parameters", _option_lines(_words(run["parameters"] or ""))
    yield "properties", "\n".join(f"{name}={value}" for name, value in sorted(run["properties"].items()))
    yield "sizing", run["sizing"]
    yield "owner", run["owner"]
    yield "tags", "\n".join(f"{name}={value}" for name, value in sorted(run["tags"].items()))
    yield "started by", run["createdBy"]
    namespace = f", namespace {run['namespace']}" if run["namespace"] else ""
    yield "virtual cluster", f"{run['virtualClusterId']}{namespace}"
    yield "queue", None if run["queueUser"] is None else f"that of the user {run['queueUser']!r} in YuniKorn"
    yield "pods", None if run["pods"] is None else "\n".join(map(_pod_line, run["pods"])) or "none exist any more"
    for what, place in run["logs"].items():
        yield f"{what} log", place
    yield "History Server", run["historyServer"]


def _option_lines(words: Iterable[str]) -> str:
    """Returns the words, quoted where a shell needs it, with each option on a line of its own."""
    lines: list[str] = []
    for word in words:
        if word.startswith("--") or not lines:
            lines.append(shlex.quote(word))
        else:
            lines[-1] += f" {shlex.quote(word)}"
    return "\n".join(lines)


def _words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:  # the server would not have accepted it
        return [text]


def _pod(pod: Mapping[str, Any]) -> dict[str, Any]:
    status, labels = pod.get("status", {}), pod["metadata"].get("labels", {})
    states = [each.get("state", {}) for each in status.get("containerStatuses", [])]
    told = [state[kind] for state in states for kind in ("terminated", "waiting") if kind in state]
    exits = [each["exitCode"] for each in told if "exitCode" in each]
    unscheduled = [
        each.get("message", "")
        for each in status.get("conditions", [])
        if each["type"] == "PodScheduled" and each["status"] == "False"
    ]
    reasons = [str(each["reason"]) for each in told if each.get("reason") not in (None, "Completed")]
    return {
        "name": name_of(dict(pod)),
        "component": labels.get(COMPONENT),
        "phase": status.get("phase"),
        "reason": next(iter([*reasons, *unscheduled, *filter(None, [status.get("reason")])]), None),
        "exitCode": next(iter(exits), None),
        "node": pod.get("spec", {}).get("nodeName"),
        "startedAt": status.get("startTime"),
        "queueUser": labels.get(_YUNIKORN_USER),
    }


def _pod_line(pod: Mapping[str, Any]) -> str:
    parts = [f"{pod['component'] or 'pod'} {pod['name']}: {pod['phase']}"]
    parts += [f"on {pod['node']}"] if pod["node"] else []
    parts += [f"exit code {pod['exitCode']}"] if pod["exitCode"] is not None else []
    return ", ".join(parts) + (f" ({pod['reason']})" if pod["reason"] else "")


def _properties(run: "JobRunTypeDef") -> dict[str, str]:
    configurations = run.get("configurationOverrides", {}).get("applicationConfiguration", [])
    found: dict[str, str] = {}
    for each in configurations:
        if each.get("classification") == "spark-defaults":
            found |= each.get("properties", {})
    return found


def _sizing(driver: Mapping[str, Any], properties: Mapping[str, str]) -> str | None:
    """Returns the reason of the run's sizes: the server adds it to the job as a property."""
    if _SIZING in properties:
        return properties[_SIZING]
    words = _words(str(driver.get("sparkSubmitParameters", "")))
    return next((word.removeprefix(f"{_SIZING}=") for word in words if word.startswith(f"{_SIZING}=")), None)


def _waited(queued: datetime, started: datetime | None, ended: datetime | None, *, now: datetime) -> float | None:
    if started is None and ended is not None:
        return None  # it never ran, or nobody noted when
    return _seconds(queued, started or now)


def _seconds(start: datetime, end: datetime) -> float:
    return round(max((end - start).total_seconds(), 0.0), 3)


def _at(time: datetime) -> str:
    return f"{time.astimezone():%Y-%m-%d %H:%M:%S}"
