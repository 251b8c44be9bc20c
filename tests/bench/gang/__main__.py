"""`make bench-gang`: Spark's gangs at a meal-time peak, under the default scheduler and under YuniKorn.

On the kind cluster of this checkout, with fake nodes (kwok) of 16 vCPU and 64 GiB: 100, which the peak is too much for,
and 1,000. Nodes are fake, schedulers and API server are not, and nor is what these take of this machine's time, while
the day runs faster: a second that a scheduler needs counts as `COMPRESSION`. The last line is one JSON object.
"""

# ruff: noqa: T201  a benchmark prints
import json
import signal
import sys
import tempfile
import time
from pathlib import Path

from cluster.gangs.yunikorn_api import is_ready
from cluster.parts import ROOT
from longshore_cli.cluster.layout import ClusterLayout

from bench.cluster import live_cluster, say
from bench.gang import yunikorn
from bench.gang.api import Api
from bench.gang.cluster import Site, site
from bench.gang.figures import PUBLISHED, Outcome, outcome, summary, table
from bench.gang.kubelet import kwok
from bench.gang.manifests import Scheduler
from bench.gang.peak import peak, pods_per_second
from bench.gang.workload import COMPRESSION, DAGS, PEAK_FACTOR, PEAK_MINUTES, USUAL_MINUTES, Arrival, workload

SIZES = (100, 1_000)
BURST = 1_000
"""Pods, on the larger of the sizes."""


def main() -> None:
    """Both sizes, under both schedulers, one after the other."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # so that what was made is removed
    cluster = live_cluster()
    arrivals = workload()
    pods, vcpu = (sum(getattr(each.job, what) for each in arrivals) for what in ("pods", "vcpu"))
    say(
        f"{len(arrivals)} gangs of {DAGS} DAGs, {pods:,} pods, {vcpu:,} vCPU: {USUAL_MINUTES:.0f} minutes as usual, "
        f"{PEAK_MINUTES:.0f} at {PEAK_FACTOR:.0f} times the rate, {USUAL_MINUTES:.0f} as usual; "
        f"{COMPRESSION} times as fast"
    )
    api, outcomes = Api(cluster.kubectl.kubeconfig), list[Outcome]()
    layout = ClusterLayout(ROOT)
    with (
        tempfile.TemporaryDirectory(prefix="bench-gang-") as folder,
        kwok(layout, Path(folder), say) as check,
        site(api) as place,
    ):
        found = is_ready(cluster)
        for nodes in SIZES:
            place.grow(nodes)
            check()
            outcomes.append(_run(place, arrivals, Scheduler.DEFAULT))
            if found:
                with yunikorn.queue(api, cluster):
                    outcomes.append(_run(place, arrivals, Scheduler.YUNIKORN))
        check()
        say("removing pods, nodes and namespace")
    print("\nMinutes are simulated. A wait of a gang that never became whole is counted until the end.")
    print(
        "For both, events of these pods are refused, and NetworkPolicies are not brought up to date: what that takes of"
    )
    print("this machine's time is no scheduler's.\n")
    print(table(outcomes))
    print(f"\nFor the burst: {PUBLISHED}.\n")
    if not found:
        print("YuniKorn is not installed in this cluster: only the default scheduler was measured.")
    print(json.dumps(summary(outcomes)), flush=True)


def _run(place: Site, arrivals: tuple[Arrival, ...], scheduler: Scheduler) -> Outcome:
    say(f"{place.nodes:,} nodes, {scheduler.value}")
    token = f"bench-{time.time_ns() // 10**6:x}"
    progress = peak(place.api, arrivals, scheduler, token=token)
    place.empty()
    rate = None
    if place.nodes == max(SIZES):
        rate = pods_per_second(place.api, scheduler, count=BURST, token=f"{token}-burst")
        place.empty()
    found = outcome(progress, scheduler, nodes=place.nodes, pods_per_second=rate)
    say(f"{found.completed} gangs completed, {found.stuck} stuck; p99 wait {found.p99_wait:.1f} simulated minutes")
    return found


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit("stopped; what was made in the cluster is removed")
