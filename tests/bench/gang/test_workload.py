"""The peak is the same each time, and as it is said to be."""

from bench.gang.workload import DAGS, FEWEST, GANGS, MOST, PEAK_MINUTES, USUAL_MINUTES, workload


def test_two_runs_have_the_same_peak() -> None:
    assert workload() == workload()
    assert workload(seed=1) != workload()


def test_gangs_come_three_times_as_often_during_the_peak() -> None:
    arrivals = workload(gangs=20_000)
    in_peak = [each for each in arrivals if USUAL_MINUTES <= each.minute < USUAL_MINUTES + PEAK_MINUTES]
    others = len(arrivals) - len(in_peak)
    assert 2.7 < (len(in_peak) / PEAK_MINUTES) / (others / (2 * USUAL_MINUTES)) < 3.3
    assert [each.minute for each in arrivals] == sorted(each.minute for each in arrivals)


def test_gangs_are_of_the_size_that_was_asked_for() -> None:
    arrivals = workload()
    assert len(arrivals) == len({each.name for each in arrivals}) == GANGS
    sizes = {each.job.executors for each in workload(gangs=20_000)}
    assert (min(sizes), max(sizes)) == (FEWEST, MOST)
    assert len({each.job for each in workload(gangs=20_000)}) > DAGS * 0.9
