"""The printed figures of the runs."""

from bench.gang.figures import Outcome, outcome, summary, table
from bench.gang.manifests import Scheduler
from bench.gang.progress import Pod, Progress
from bench.gang.workload import COMPRESSION, Arrival, Job

DEFAULT = Outcome(
    nodes=100,
    scheduler=Scheduler.DEFAULT,
    completed=1,
    stuck=1,
    waiting=0,
    waits=(2.0, 40.0),
    minutes=50,
    node_minutes=4_000,
    peak_nodes=100,
    peak_pods=400,
    peak_reserved=6_000,
    pods_per_second=40.04,
)
YUNIKORN = Outcome(
    nodes=100,
    scheduler=Scheduler.YUNIKORN,
    completed=2,
    stuck=0,
    waiting=0,
    waits=(3.0, 10.0),
    minutes=55,
    node_minutes=1_000,
    peak_nodes=50,
    peak_pods=500,
    peak_reserved=3_000,
    pods_per_second=90.0,
)
KEYS = [
    "default_stuck_gangs",
    "yunikorn_stuck_gangs",
    "node_minutes_ratio",
    "wait_p99_ratio",
    "peak_pod_addresses_ratio",
    "pods_per_second",
]


def test_ratios_are_yunikorns_share_of_the_defaults() -> None:
    found = summary([DEFAULT, YUNIKORN])
    assert [found[key] for key in KEYS] == [1, 0, 0.25, 0.25, 1.25, 90.0]
    assert found["by_nodes"]["100"]["wait_p99_ratio"] == 0.25


def test_without_yunikorn_the_line_says_so() -> None:
    found = summary([DEFAULT])
    assert found["yunikorn"] == "not installed"
    assert [found[key] for key in KEYS] == [1, None, None, None, None, 40.0]


def test_the_table_marks_waits_that_have_not_ended() -> None:
    lines = table([DEFAULT, YUNIKORN]).splitlines()
    (line,) = [each for each in lines if each.startswith("wait, p99")]
    assert line.split()[-3:] == ["≥", "40.0", "10.0"]


def test_a_gang_that_never_was_whole_has_waited_until_the_end() -> None:
    job = Job(executors=1, cores=4, memory_gib=16, minutes=3)
    progress = Progress([Arrival(name="a", minute=0, job=job)], [60.0])
    progress.see(Pod(name="a", gang="a", role="driver", node="n", running=True, gone=False), 90)
    progress.pass_time(120)
    going_on = outcome(progress, Scheduler.DEFAULT, nodes=100)
    assert (going_on.completed, going_on.stuck, going_on.waiting) == (0, 0, 1)
    progress.dead = True
    found = outcome(progress, Scheduler.DEFAULT, nodes=100)
    assert (found.completed, found.stuck, found.waiting) == (0, 1, 0)
    assert found.waits == (COMPRESSION,)
    assert found.node_minutes == COMPRESSION / 2
