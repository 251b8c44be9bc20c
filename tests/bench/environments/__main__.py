"""`make bench-environments`: how long an environment takes to come up, to follow a push and to wake; and its memory.

On the kind cluster of this checkout, one environment after the other, each with one small DAG. The first of all is not
counted: it brings images to nodes. The last line is one JSON object.
"""

# ruff: noqa: T201  a benchmark prints
import json
import signal
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from cli.dags.repositories import DAG, commit, repository
from cluster.environments.live import LiveEnvironment, bring, live_environment, new_name
from cluster.environments.traces import traces_of
from cluster.parts import Cluster

from bench.cluster import live_cluster, say
from bench.environments.figures import Measured, lines, summary, working_set

CREATIONS, PUSHES, WAKES = 5, 5, 3
IDLE_SECONDS = 60.0
"""Without anything to do, before memory is looked at."""
_STATS_SECONDS = 20.0
"""Age that a kubelet's figures may have at most."""
_EVERY = 0.25
_PATIENCE = 600.0


def main() -> None:
    """All of it, on one cluster."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was made is removed
    cluster, branch = live_cluster(), new_name()
    with tempfile.TemporaryDirectory(prefix="bench-environments-") as folder:
        checkout = repository(Path(folder) / "checkout")
        bring(cluster, checkout, branch=branch)
        ready = [_creation(cluster, branch) for _ in range(1 + CREATIONS)][1:]
        with live_environment(cluster, branch=branch) as environment:
            _until(lambda: _has(environment, "one"), what="its first DAG")
            pushed = [_push(environment, checkout, branch, f"pushed_{number}") for number in range(PUSHES)]
            say(f"idle, for {IDLE_SECONDS:.0f} s")
            time.sleep(IDLE_SECONDS)
            idle = _memory(environment)
            woken = [_wake(environment) for _ in range(WAKES)]
            environment.patch(asleep=True)
            environment.wait_for("Asleep")
            time.sleep(_STATS_SECONDS)
            sleeping = _memory(environment)
    measured = Measured(ready=ready, pushed=pushed, woken=woken, idle_mib=idle, sleeping_mib=sleeping)
    print(*lines(measured), sep="\n")
    print(json.dumps(summary(measured)), flush=True)


def _creation(cluster: Cluster, branch: str) -> float:
    """Seconds from the object to its DAGs at its address."""
    started = time.monotonic()
    with live_environment(cluster, branch=branch) as environment:
        _until(lambda: _has(environment, "one"), what="its first DAG")
        taken = time.monotonic() - started
        say(f"ready after {taken:.1f} s")
    if left := traces_of(cluster, environment.name):
        sys.exit(f"The environment {environment.name!r} left {', '.join(sorted(left))}.")
    return taken


def _push(environment: LiveEnvironment, checkout: Path, branch: str, dag: str) -> float:
    """Seconds from the push of a new DAG, itself among them, until Airflow has it."""
    commit(checkout, dag, {f"dags/{dag}.py": DAG.format(name=dag)})
    airflow = environment.airflow()
    started = time.monotonic()
    bring(environment.cluster, checkout, branch=branch)
    _until(lambda: dag in {each["dag_id"] for each in airflow.get_all("dags", member="dags")}, what=f"the DAG {dag}")
    taken = time.monotonic() - started
    say(f"parsed after {taken:.1f} s")
    return taken


def _wake(environment: LiveEnvironment) -> float:
    """Seconds from the wish until its address answers."""
    environment.patch(asleep=True)
    environment.wait_for("Asleep")
    started = time.monotonic()
    environment.patch(asleep=False)
    _until(lambda: environment.open()[0] == 200, what="an answer at its address")
    taken = time.monotonic() - started
    say(f"awake after {taken:.1f} s")
    environment.wait_for("Ready")
    return taken


def _has(environment: LiveEnvironment, dag: str) -> bool:
    """Returns whether its address answers, and Airflow there has the DAG."""
    return environment.open()[0] == 200 and dag in environment.dag_ids()


def _memory(environment: LiveEnvironment) -> float:
    kubectl = environment.cluster.kubectl
    nodes = [node["metadata"]["name"] for node in kubectl.list("nodes")]

    def stats(node: str) -> dict[str, Any]:
        said = kubectl.run("get", "--raw", f"/api/v1/nodes/{node}/proxy/stats/summary", what=f"figures of {node}")
        return dict(json.loads(said))

    found = working_set(map(stats, nodes), namespace=environment.namespace)
    say(f"{found:.0f} MiB")
    return found


def _until(look: Callable[[], bool], *, what: str) -> None:
    deadline = time.monotonic() + _PATIENCE
    while not look():
        if time.monotonic() > deadline:
            sys.exit(f"{what} did not come within {_PATIENCE:.0f} s.")
        time.sleep(_EVERY)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; what was made in the cluster is removed")
