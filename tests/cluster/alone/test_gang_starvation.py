"""Two jobs that the cluster cannot hold together: one runs after the other."""

import pytest
from cluster.gangs.gang import is_driver, is_executor, run_of
from cluster.gangs.pod_history import Change, PodHistory
from cluster.gangs.starvation import two_runs
from cluster.gangs.yunikorn_api import YuniKorn
from cluster.gangs.yunikorn_queues import queue_for
from cluster.job_namespaces import JobNamespace


@pytest.mark.timeout(900)
def test_under_yunikorn_one_runs_after_the_other(yunikorn: YuniKorn, team: JobNamespace, history: PodHistory) -> None:
    with queue_for(yunikorn, team.name):
        runs = two_runs(team)
        ends = {run: team.wait(run, seconds=400) for run in runs}
    assert {ended["state"] for ended in ends.values()} == {"COMPLETED"}, ends
    first, second = sorted(runs, key=lambda run: ends[run]["finishedAt"])
    over = max(history.first(lambda change: change.over, of=pod) for pod in _pods(history, first, executors=True))
    (driver,) = _pods(history, second, executors=False)
    assert history.first(_placed, of=driver) > over, "the second had started before the first was done"


def _pods(history: PodHistory, run: str, *, executors: bool) -> set[str]:
    wanted = is_executor if executors else is_driver
    return history.names(lambda pod: run_of(pod) == run and wanted(pod))


def _placed(change: Change) -> bool:
    return change.placed
