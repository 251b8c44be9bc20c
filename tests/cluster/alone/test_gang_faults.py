"""The scheduler dies while a gang waits, starts or runs."""

from collections.abc import Callable

import pytest
from cluster.gangs.bare_pods import OCCUPANT, occupy, take_away
from cluster.gangs.gang import is_driver, is_executor, nothing_but, placeholders, small_gang, some_wait
from cluster.gangs.pod_history import PodHistory
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import SLOW_JOB, JobNamespace


def _placeholders_run(team: JobNamespace, run: str) -> None:
    """The driver runs; its executors are still missing, and placeholders hold their nodes."""
    team.running(run, "driver")
    assert len(placeholders(team)) == 2


def _executors_run(team: JobNamespace, run: str) -> None:
    team.running(run, "executor", count=2)


@pytest.mark.parametrize("moment", [_placeholders_run, _executors_run])
def test_a_gang_that_runs_outlives_its_scheduler(
    yunikorn: YuniKorn, team: JobNamespace, history: PodHistory, moment: Callable[[JobNamespace, str], None]
) -> None:
    with queue_for(yunikorn, team.name):
        run = team.start_spark(SLOW_JOB, "10", "2", parameters=small_gang(2))
        moment(team, run)
        yunikorn.restart()
        _ends_well(team, run, history)


def test_a_gang_that_waits_outlives_its_scheduler(yunikorn: YuniKorn, team: JobNamespace, history: PodHistory) -> None:
    with queue_for(yunikorn, team.name, memory="3Gi"):
        occupy(team, "1Gi")
        run = team.start_spark(SLOW_JOB, "10", "2", parameters=small_gang(2))
        some_wait(team, placed=2, waiting=1)
        yunikorn.restart()
        some_wait(team, placed=2, waiting=1)
        take_away(team, OCCUPANT)
        _ends_well(team, run, history)


def _ends_well(team: JobNamespace, run: str, history: PodHistory) -> None:
    ended = team.wait(run)
    assert ended["state"] == "COMPLETED", ended
    assert "the total is 45" in team.log(run)
    assert len(history.names(is_driver)) == 1
    assert len(history.names(is_executor)) >= 2
    nothing_but(team)
    # The new scheduler counts as the old one did: the next gang is served.
    again = team.start_spark(SLOW_JOB, "1", "1", parameters=small_gang(1))
    assert team.wait(again)["state"] == "COMPLETED"
