"""The benchmark's requests to the schedulers."""

from emr_containers.runtimes.kubernetes.manifest.gang import gang_of

from bench.gang.manifests import Scheduler, driver, executors
from bench.gang.workload import workload


def test_a_gang_is_what_its_driver_and_executors_ask_for() -> None:
    arrival = workload()[0]
    pods = [driver(arrival, Scheduler.YUNIKORN, "app"), *executors(arrival, Scheduler.YUNIKORN, "app")]
    gang = gang_of(pods[0])
    assert gang is not None
    assert gang.pods == len(pods) == arrival.job.pods
    assert gang.total["cpu"] == arrival.job.vcpu


def test_under_the_default_scheduler_there_is_nothing_of_yunikorns() -> None:
    arrival = workload()[0]
    pods = [driver(arrival, Scheduler.DEFAULT, "app"), *executors(arrival, Scheduler.DEFAULT, "app")]
    assert "yunikorn" not in str(pods)
