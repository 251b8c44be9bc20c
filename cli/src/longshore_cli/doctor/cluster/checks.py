"""The table of checks of the cluster. Pure."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import datetime, timedelta

from longshore_cli.doctor.cluster.facts import ClusterFacts, Object
from longshore_cli.doctor.cluster.pod_reasons import reason
from longshore_cli.doctor.problems import NotChecked, Problem

Check = Callable[[ClusterFacts], Iterable[Problem] | NotChecked]
_SOON = timedelta(days=14)
_FULL = 0.85
"""The share of a volume from which on it counts as full."""
_STUCK = timedelta(minutes=10)
_UP = "run `longshore cluster up`, which repairs it."


def programs(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that the programs for the cluster exist."""
    for name in facts.missing_programs:
        yield Problem(
            thing=name,
            reason="it is neither on the path nor where `longshore cluster up` puts it.",
            way_out="install it, or run `longshore cluster up`, which builds it.",
        )


def docker(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that Docker answers."""
    if facts.docker_fault is not None:
        yield Problem(thing="Docker", reason=facts.docker_fault, way_out="start it, or run `longshore cluster up`.")


def api_server(facts: ClusterFacts) -> Iterable[Problem] | NotChecked:
    """Checks that the cluster exists, and that its API server answers."""
    if facts.docker_fault is not None:
        return NotChecked("Docker does not answer")
    if not facts.exists:
        return [Problem(thing="the kind cluster 'longshore'", reason="kind does not know it.", way_out=_UP)]
    if facts.api_fault is None:
        return ()
    return [Problem(thing="the cluster's API server", reason=facts.api_fault, way_out=_UP)]


def certificate(facts: ClusterFacts) -> Iterable[Problem] | NotChecked:
    """Checks that the API server's certificate is not near its end; kubeadm made the others at the same time."""
    ends = facts.api_certificate_ends
    if ends is None:
        return NotChecked("the API server does not show its certificate")
    if ends - facts.now > _SOON:
        return ()
    return [
        Problem(
            thing="the certificate of the cluster's API server",
            reason=f"it ends on {ends:%Y-%m-%d}; nothing answers after that.",
            way_out="run `docker exec longshore-control-plane kubeadm certs renew all`, and restart that container.",
        )
    ]


def nodes(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that nodes are ready and not short of anything."""
    for node in facts.nodes:
        name = node["metadata"]["name"]
        for each in node.get("status", {}).get("conditions", []):
            if each["status"] != ("True" if each["type"] == "Ready" else "False"):
                yield Problem(
                    thing=f"node {name}",
                    reason=f"{each['type']} is {each['status']}: {each.get('message') or each.get('reason')}",
                    way_out=f"look at `kubectl describe node {name}`; `docker restart {name}` restarts it.",
                )


def pods(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that pods are ready."""
    for pod in facts.pods:
        if (found := reason(pod, now=facts.now)) is not None:
            namespace, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
            yield Problem(
                thing=f"pod {namespace}/{name}",
                reason=found,
                way_out=f"look at `kubectl -n {namespace} describe pod {name}` and `kubectl -n {namespace} logs {name} "
                "--previous`.",
            )


def releases(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that no Helm release is half-way."""
    for each in facts.releases:
        if each["status"] not in ("deployed", "superseded", "uninstalled"):
            yield Problem(
                thing=f"the Helm release {each['namespace']}/{each['name']}",
                reason=f"it is {each['status']} since {each['updated']}: an upgrade was interrupted or failed.",
                way_out="run `longshore cluster up`, which restores the last good revision and upgrades again."
                if not str(each["namespace"]).startswith("env-")
                else "its environment's controller repairs it; look at `longshore env list --all-owners`.",
            )


def job_server(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that the job server answers, and that one of its pods has the lock."""
    look = "look at `kubectl -n longshore logs deployment/emr-containers`."
    if not facts.servers:
        yield Problem(thing="the job server", reason="it has no pod.", way_out=_UP)
        return
    for pod in facts.servers:
        if pod.fault is not None:
            yield Problem(thing=f"pod longshore/{pod.name}", reason=f"/readyz: {pod.fault}", way_out=look)
    leading = [pod.name for pod in facts.servers if pod.dispatches]
    if len(leading) != 1:
        yield Problem(
            thing="the job server's lock",
            reason=f"{', '.join(leading)} have it." if leading else "no pod has it, so no job run is started.",
            way_out=f"wait ten seconds for a take-over, and {look}",
        )


def yunikorn(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that YuniKorn is there where the job server counts on it."""
    if not facts.server_uses_yunikorn:
        return
    if not facts.yunikorn:
        yield Problem(
            thing="YuniKorn",
            reason="the job server gives its jobs to it, and it is not installed: their pods stay Pending.",
            way_out=_UP,
        )
    for each in facts.yunikorn:
        ready, wanted = each.get("status", {}).get("readyReplicas", 0), each["spec"].get("replicas", 1)
        if ready < wanted:
            yield Problem(
                thing=f"the deployment yunikorn/{each['metadata']['name']}",
                reason=f"{ready} of {wanted} pods are ready; no pod of a job is placed meanwhile.",
                way_out=f"look at `kubectl -n yunikorn logs deployment/{each['metadata']['name']}`.",
            )


def volumes(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that volumes and nodes' disks have room."""
    for each in facts.volumes:
        if each.capacity and each.used / each.capacity >= _FULL:
            yield Problem(
                thing=each.name,
                reason=f"{each.used / each.capacity:.0%} of {each.capacity / 2**30:.1f} GiB are used.",
                way_out="remove old logs and event logs, or enlarge it (docs/cluster.md).",
            )


def environments(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that no environment is broken, or stays between two states."""
    for each in facts.environments:
        if (found := _stuck(each, now=facts.now)) is not None:
            name = each["metadata"]["name"]
            way_out = f"look at `longshore env status {name}` and `longshore env logs {name}`."
            yield Problem(thing=f"the environment {name!r}", reason=found, way_out=way_out)


def _stuck(environment: Object, *, now: datetime) -> str | None:
    metadata, status = environment["metadata"], environment.get("status") or {}
    phase = "Deleting" if "deletionTimestamp" in metadata else status.get("phase", "Pending")
    messages = [
        str(each.get("message") or each.get("reason"))
        for each in status.get("conditions", [])
        if (each["type"], each["status"]) in (("Degraded", "True"), ("Ready", "False"), ("Synced", "False"))
    ]
    why = f": {messages[0]}" if messages else "."
    if phase == "Degraded":
        return f"it is Degraded{why}"
    if phase not in ("Pending", "Progressing", "Deleting"):
        return None
    times = [metadata.get("deletionTimestamp") or metadata["creationTimestamp"]]
    if phase != "Deleting":
        times += [each["lastTransitionTime"] for each in status.get("conditions", []) if "lastTransitionTime" in each]
    since = max(map(datetime.fromisoformat, times))
    minutes = int((now - since).total_seconds() // 60)
    return f"it is {phase} for {minutes} minutes{why}" if now - since >= _STUCK else None


def dag_files(facts: ClusterFacts) -> Iterator[Problem]:
    """Checks that Airflow answers, and can import every file of DAGs."""
    if facts.airflow_fault is not None:
        way_out = "look at `kubectl -n airflow logs deployment/airflow-api-server`."
        yield Problem(thing="Airflow", reason=facts.airflow_fault, way_out=way_out)
    for file, error in facts.import_failures:
        yield Problem(
            thing=file,
            reason=f"Airflow cannot import it: {error}",
            way_out="correct the file, and deploy it: `longshore dags deploy`.",
        )


def _asked(check: Check) -> Check:
    """Returns the check for a cluster that can be asked."""

    def checked(facts: ClusterFacts) -> Iterable[Problem] | NotChecked:
        if not facts.exists or facts.api_fault is not None or facts.docker_fault is not None:
            return NotChecked("the cluster's API server does not answer")
        return check(facts)

    return checked


CHECKS: Mapping[str, Check] = {
    "programs": programs,
    "Docker": docker,
    "API server": api_server,
    "certificate": _asked(certificate),
    "nodes": _asked(nodes),
    "pods": _asked(pods),
    "Helm releases": _asked(releases),
    "job server": _asked(job_server),
    "YuniKorn": _asked(yunikorn),
    "volumes": _asked(volumes),
    "environments": _asked(environments),
    "DAG files": _asked(dag_files),
}
"""The checks by name, in the order of what each needs."""
