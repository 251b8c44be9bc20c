"""The causes of failures in the words that the server itself writes."""

import pytest
from emr_containers.dispatch.failure_causes import failure_cause
from emr_containers.runtimes.kubernetes.observed.exit_reasons import pod_failure
from emr_containers.runtimes.kubernetes.observed.objects import pod_view
from emr_containers.runtimes.kubernetes.yunikorn.gang_pending_reasons import timed_out_details
from images.emr_containers.runtimes.kubernetes.cluster_objects import ended


def test_a_driver_without_memory_is_one_cause() -> None:
    killed = pod_view(ended(code=137, reason="OOMKilled"))
    assert failure_cause(pod_failure(killed).details) == "out_of_memory"


def test_a_gang_that_found_no_room_in_time_is_another() -> None:
    assert failure_cause(timed_out_details(None, seconds=60, why="no node has 64 GiB")) == "gang_timeout"


@pytest.mark.parametrize("details", ["The program ended with exit code 1.", "", "The driver's pod 'a' was deleted."])
def test_everything_else_is_not_told_apart(details: str) -> None:
    assert failure_cause(details) == "other"
