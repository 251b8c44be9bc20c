"""`make bench-server`: what the job server costs, and how fast it answers. The last line is one JSON object.

One machine, one run: server, clients and jobs share it. Jobs are shell scripts, but for the last part, in which the
same Spark job is run bare and through operator and server.
"""

# ruff: noqa: T201  a benchmark prints
import json
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.api_client import ApiClient, at_rate, percentile
from bench.attack import ATTACKER, under_attack
from bench.job_server import KEY, job_server
from bench.operator_overhead import operator_overhead
from bench.takeover import takeover

ACTIVE = 1_000
STORED = 10_000
THROUGHPUT_RUNS = 2_000
_CLIENTS = 4


def say(text: str) -> None:
    """A line of progress."""
    print(text, flush=True)


def throughput(directory: Path) -> dict[str, float]:
    """Job runs a minute, from the first StartJobRun to the last end, and what the server itself spent on each."""
    with job_server(directory, max_running=8) as server:
        client = ApiClient(server.endpoint)
        cluster = client.create_virtual_cluster()
        ran = directory / "ran"
        cpu, began = server.cpu_seconds(), time.monotonic()
        with ThreadPoolExecutor(_CLIENTS) as pool:
            list(pool.map(lambda _: client.start(cluster, "count.sh", str(ran)), range(THROUGHPUT_RUNS)))
        say(f"accepted {THROUGHPUT_RUNS} in {time.monotonic() - began:.1f} s")
        _wait_until_finished(client, cluster, THROUGHPUT_RUNS)
        elapsed, cpu = time.monotonic() - began, server.cpu_seconds() - cpu
        lines = len(ran.read_text().splitlines())
        if lines != THROUGHPUT_RUNS:
            raise RuntimeError(f"{THROUGHPUT_RUNS} job runs ran {lines} times.")
    say(f"{THROUGHPUT_RUNS} job runs in {elapsed:.1f} s, each once; {cpu:.1f} CPU-s of the server's")
    return {
        "runs_per_minute": round(THROUGHPUT_RUNS / elapsed * 60),
        "cpu_s_per_run": round(cpu / THROUGHPUT_RUNS, 4),
    }


def start_latency(directory: Path) -> dict[str, float]:
    """StartJobRun at 50 requests a second for a minute, while 1,000 job runs run."""
    with job_server(directory, max_running=ACTIVE) as server:
        client = ApiClient(server.endpoint)
        cluster = client.create_virtual_cluster()
        with ThreadPoolExecutor(_CLIENTS) as pool:
            list(pool.map(lambda _: client.start(cluster, "hold.sh"), range(ACTIVE)))
        while (running := client.states(cluster, "RUNNING")) < ACTIVE:
            say(f"{running} running")
            time.sleep(2)
        cpu, began = server.cpu_seconds(), time.monotonic()
        times = at_rate(lambda _: client.start(cluster, "true.sh"), per_second=50, count=3_000)
        share = (server.cpu_seconds() - cpu) / (time.monotonic() - began)
        if client.states(cluster, "RUNNING") != ACTIVE:
            raise RuntimeError("Not all of the active job runs were running to the end.")
    p50, p99 = percentile(times, 0.5), percentile(times, 0.99)
    say(
        f"StartJobRun at 50/s beside {ACTIVE} running: p50 {p50:.1f}, p99 {p99:.1f} ms; server at {share:.0%} of a core"
    )
    return {"start_p50_ms": round(p50, 1), "start_p99_ms": round(p99, 1)}


def start_latency_under_attack(directory: Path) -> dict[str, float]:
    """StartJobRun at 50 requests a second for half a minute, while a key without rights sends all that it can."""
    everything = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    policies = {
        KEY: {"Version": "2012-10-17", "Statement": [everything]},
        ATTACKER: {"Version": "2012-10-17", "Statement": []},
    }
    with job_server(directory, max_running=1, policies=policies) as server:
        client = ApiClient(server.endpoint)
        cluster = client.create_virtual_cluster()
        template = client.create_growing_template()
        client.start(cluster, "hold.sh")  # so that all others wait: what is measured is the API
        with under_attack(server.endpoint, cluster, template):
            times = at_rate(lambda _: client.start(cluster, "true.sh"), per_second=50, count=1_500)
        rss = server.rss_mib()
    p99 = percentile(times, 0.99)
    say(
        f"StartJobRun at 50/s under attack: p50 {percentile(times, 0.5):.1f}, p99 {p99:.1f} ms; server at {rss:.0f} MiB"
    )
    return {"start_p99_ms_under_attack": round(p99, 1)}


def stored(directory: Path) -> dict[str, float]:
    """Memory, DescribeJobRun and ListJobRuns with 10,000 job runs in the database."""
    with job_server(directory, max_running=1) as server:
        client = ApiClient(server.endpoint)
        cluster = client.create_virtual_cluster()
        with ThreadPoolExecutor(_CLIENTS) as pool:
            ids = list(pool.map(lambda _: client.start(cluster, "hold.sh"), range(STORED)))
        say(f"{STORED} job runs stored")
        path = f"/virtualclusters/{cluster}/jobruns"
        describe = at_rate(lambda n: client.call("GET", f"{path}/{ids[n * 7919 % STORED]}"), per_second=50, count=1_500)
        listing = at_rate(lambda _: client.call("GET", f"{path}?states=PENDING"), per_second=10, count=300)
        rss = server.rss_mib()
    result = {
        "rss_mib": round(rss),
        "describe_p99_ms": round(percentile(describe, 0.99), 1),
        "list_p99_ms": round(percentile(listing, 0.99), 1),
    }
    say(f"with {STORED} job runs: {result}")
    return result


def _wait_until_finished(client: ApiClient, cluster: str, count: int) -> None:
    while (done := client.states(cluster, "COMPLETED")) < count:
        say(f"{done} completed")
        time.sleep(1)


def main() -> None:
    """All parts, one after the other."""
    with tempfile.TemporaryDirectory(prefix="bench-server-") as folder:
        base = Path(folder)
        figures = {
            **throughput(base / "throughput"),
            **start_latency(base / "latency"),
            **start_latency_under_attack(base / "attack"),
            **stored(base / "stored"),
            **takeover(base / "takeover", say=say),
            **operator_overhead(base / "operator", say=say),
        }
    print(json.dumps(figures), flush=True)


if __name__ == "__main__":
    main()
