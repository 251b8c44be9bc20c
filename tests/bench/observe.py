"""`make bench-observe`: what metrics and logs of the cluster cost, and how soon a line that a pod writes is found.

On the kind cluster of this checkout, with the stack of `longshore cluster up`. First the stack is left alone for ten
minutes (MINUTES=), then pods write. The last line is one JSON object.
"""

# ruff: noqa: T201  a benchmark prints
import argparse
import json
import statistics
import sys
import time
import uuid
from datetime import datetime

from cluster.gangs.bare_pods import writer
from cluster.job_namespaces import JobNamespace, job_namespace
from helm.observability.processes.stack import ask
from longshore_cli.cluster import namespaces

from bench.cluster import live_cluster, say

WRITERS, LINES = 4, 100_000
"""Pods that write at the same time, and the lines of each: an hour of a platform's busiest driver, at once."""
BEATS = 120
"""Lines of the pod whose lines are waited for, two a second."""
_FLOOD = (
    "awk 'BEGIN {for (n = 0; n < LINES; n++) "
    'print "flood " n " of the writer, with the text of a usual line of a driver"}\''
)
_BEAT = f"for ((i = 0; i < {BEATS}; i++)); do echo beat $i $EPOCHREALTIME; sleep 0.5; done"
_PATIENCE = 600.0


def main() -> None:
    """All of it, on one cluster."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    minutes = parser.parse_args().minutes
    cluster = live_cluster()
    stack = {"namespace": namespaces.OBSERVABILITY}
    with (
        cluster.kubectl.forward("service/metrics", 8428, **stack) as metrics_port,
        cluster.kubectl.forward("service/logs", 9428, **stack) as logs_port,
        job_namespace(cluster, cluster.environment.helm, f"bench-{uuid.uuid4().hex[:8]}", quota=False) as place,
    ):
        metrics, logs = f"http://127.0.0.1:{metrics_port}", f"http://127.0.0.1:{logs_port}/select/logsql/query"
        say(f"idle, for {minutes:g} minutes")
        time.sleep(minutes * 60)
        cost = _cost(metrics, minutes)
        lags = _lags(place, logs)
        flood = _flood(place, logs)
    print(json.dumps(cost | lags | flood), flush=True)


def _cost(metrics: str, minutes: float) -> dict[str, float]:
    """Returns memory and processors of all pods of the stack, by the kubelets: the mean of the idle minutes."""
    window = f"[{max(minutes, 2):g}m]"
    of = f'{{namespace="{namespaces.OBSERVABILITY}",container!=""}}'
    found = {
        "stack_mib": f"sum(avg_over_time(container_memory_working_set_bytes{of}{window})) / 1048576",
        "stack_cpu_cores": f"sum(rate(container_cpu_usage_seconds_total{of}{window}))",
        "pods": f"count(container_memory_working_set_bytes{of})",
        "series": 'count({__name__!=""})',
    }
    answers = {name: json.loads(ask(f"{metrics}/api/v1/query", query=query)) for name, query in found.items()}
    values = {name: float(each["data"]["result"][0]["value"][1]) for name, each in answers.items()}
    say(", ".join(f"{name} {value:.3g}" for name, value in values.items()))
    return {
        "stack_mib": round(values["stack_mib"]),
        "stack_cpu_cores": round(values["stack_cpu_cores"], 3),
        "series": round(values["series"]),
    }


def _lags(place: JobNamespace, logs: str) -> dict[str, float]:
    """Seconds from a line's writing, by its pod's clock, which is this machine's, until a query has it."""
    place.cluster.kubectl.apply(writer(place, "beat", _BEAT))
    seen: dict[int, float] = {}
    deadline = time.monotonic() + _PATIENCE
    while len(seen) < BEATS and time.monotonic() < deadline:
        found = ask(logs, query=f'{_stream(place, "beat")} "beat" | fields _msg', limit="1000")
        now = time.time()
        for row in found.splitlines():
            _, number, written = json.loads(row)["_msg"].split()
            seen.setdefault(int(number), now - float(written))
        time.sleep(0.1)
    if len(seen) < BEATS:
        sys.exit(f"{BEATS - len(seen)} of {BEATS} lines were not found in {_PATIENCE:.0f} s.")
    lags = sorted(seen.values())
    say(f"found after {statistics.median(lags):.1f} s in the median, {lags[-1]:.1f} s at most")
    return {"lag_s": round(lags[int(0.99 * BEATS)], 2), "lag_p50_s": round(statistics.median(lags), 2)}


def _flood(place: JobNamespace, logs: str) -> dict[str, float]:
    """Returns the lines that arrive in a second when many are written, and how many are missing in the end."""
    names = [f"flood-{number}" for number in range(WRITERS)]
    for name in names:
        place.cluster.kubectl.apply(writer(place, name, _FLOOD.replace("LINES", str(LINES))))
    streams = f'{{k8s.namespace.name="{place.name}",k8s.pod.name=~"flood-.+"}}'
    query = f'{streams} | extract "flood <n> of" from _msg | stats by (k8s.pod.name) count_uniq(n) lines'
    total = previous = 0
    changed = time.monotonic()
    ended = time.time()
    while total < WRITERS * LINES and time.monotonic() - changed < 120:
        rows = [json.loads(row) for row in ask(logs, query=query).splitlines()]
        total = sum(int(row["lines"]) for row in rows)
        if total != previous:
            previous, changed, ended = total, time.monotonic(), time.time()
            say(f"{total:,} of {WRITERS * LINES:,} lines")
        time.sleep(0.5)
    (row,) = [json.loads(row) for row in ask(logs, query=f"{streams} | stats min(_time) first").splitlines()]
    begun = _seconds(row["first"])
    return {
        "lines": WRITERS * LINES,
        "lines_per_s": round(total / (ended - begun)),
        "lost_lines": WRITERS * LINES - total,
    }


def _seconds(moment: str) -> float:
    # To microseconds: Python knows no more.
    return datetime.fromisoformat(moment[:26].rstrip("Z") + "+00:00").timestamp()


def _stream(place: JobNamespace, name: str) -> str:
    return f'{{k8s.namespace.name="{place.name}",k8s.pod.name="{name}"}}'


if __name__ == "__main__":
    main()
