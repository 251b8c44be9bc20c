"""The printed figures of the runs."""

from bench.transfer.figures import Run, figures


def _run(seconds: float) -> Run:
    return Run(seconds=seconds, cpu_seconds=seconds * 2, peak_mib=seconds * 100)


def test_figures_are_of_the_medians_and_of_the_highest_peak() -> None:
    runs = {"copy": [_run(4), _run(9), _run(5)], "dlt": [_run(15)], "small": [_run(2)]}
    runs |= {"many": [_run(7)], "back": [_run(3)], "jdbc": [_run(12)]}
    found = figures(runs, rows=2_000_000)
    assert (found["ours_s"], found["dlt_s"], found["speedup_over_dlt"]) == (5, 15, 3)
    assert (found["rows_per_s"], found["peak_mib_2m"], found["peak_mib_20m"]) == (400_000, 900, 700)
    assert found["to_postgres_speedup"] == 4
    assert (found["cpu_s_per_million"], found["cpu_s_per_million_without_start"]) == (5, 3)


def test_what_was_not_run_has_no_figure() -> None:
    found = figures({"copy": [_run(4)]}, rows=100_000)
    assert found["peak_mib_100k"] == 400
    assert found["dlt_s"] is found["speedup_over_dlt"] is found["small_table_s"] is found["to_postgres_speedup"] is None
