"""`make bench-sizing`: jobs with guessed, with tight and with planned sizes. The last line is one JSON object.

Each job runs for five rounds whose input grows and shrinks: with the guess of a team, with the peaks of the first round
and no margin, and as the planner sizes it, with two more attempts after a lack of memory. The containers have real
limits where root runs it. `JOBS=tiny,cached ROUNDS=2` measures less.
"""

# ruff: noqa: T201  a benchmark prints
import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from emr_containers.operations.sized_starts import sizes_of
from emr_containers.sizing.event_logs.reader import read_local_profile
from emr_containers.sizing.plan.planner import plan_sizes
from emr_containers.sizing.plan.sizes import Run, Sizes

from bench.sizing.figures import JobRuns, figures, gib, tight_sizes
from bench.sizing.runs import Measured, make_input, run_job
from bench.sizing.workloads import DEFAULT, ROUNDS, WORKLOADS, Workload

OOM_ATTEMPTS = 2
_SHARES = (0.125, 0.25, 0.5)
"""The shares of the default's executor heap that the search for the best static sizes tries, the least first."""
_PARSED = 100 << 20
"""Bytes of event logs that are read to measure how fast that is."""


class Bench:
    """The runs of one job at a time, in a folder."""

    def __init__(self, folder: Path, *, rounds: int) -> None:
        self.folder, self.rounds = folder, rounds
        self.logs: list[Path] = []
        self.limited = True
        self._number = 0

    def job(self, job: Workload) -> JobRuns:
        """Returns all runs of a job."""
        inputs = [make_input(job, number, self.folder / "inputs") for number in range(self.rounds)]
        guessed = sizes_of(DEFAULT)
        default = [self._run(job, rows, guessed, "default") for rows in inputs]
        tight = tight_sizes(default[0].run)
        static = [self._run(job, rows, tight, "tight") for rows in inputs[1:]] if default[0].run.completed else []
        sized = list(self._sized(job, inputs, guessed))
        best = self._best_static(job, inputs, guessed) if job.searched else None
        return JobRuns(default=default, tight=static, sized=sized, best_static_gib=best)

    def parse_speed(self) -> float | None:
        """Returns how fast event logs are read, in MB a second; None without a log."""
        largest = max(self.logs, key=lambda path: path.stat().st_size, default=None)
        if largest is None:
            return None
        times = max(_PARSED // max(largest.stat().st_size, 1), 1)
        began = time.process_time()
        for _ in range(times):
            read_local_profile(largest)
        return round(largest.stat().st_size * times / 1e6 / (time.process_time() - began), 1)

    def _sized(self, job: Workload, inputs: list[Path], guessed: Sizes) -> Iterator[list[Measured]]:
        history: list[Run] = []
        for rows in inputs:
            attempts: list[Measured] = []
            while not attempts or (attempts[-1].lacked and len(attempts) <= OOM_ATTEMPTS):
                plan = plan_sizes(history, defaults=guessed)
                attempts.append(self._run(job, rows, plan.sizes, "sized"))
                history.append(attempts[-1].run)
            yield attempts

    def _best_static(self, job: Workload, inputs: list[Path], guessed: Sizes) -> float:
        """Returns the memory of the least tried sizes with which the round with the most input completes."""
        largest = inputs[max(range(len(inputs)), key=lambda number: ROUNDS[number])]
        for share in _SHARES:
            sizes = replace(guessed, executor_heap=int(guessed.executor_heap * share))
            if self._run(job, largest, sizes, "searched").run.completed:
                return gib(sizes)
        return gib(guessed)

    def _run(self, job: Workload, rows: Path, sizes: Sizes, kind: str) -> Measured:
        self._number += 1
        folder = self.folder / f"run-{self._number}"
        done = run_job(job, rows, sizes, folder)
        self.limited &= done.limited
        if done.log is not None:
            self.logs.append(done.log.replace(self.folder / f"log-{self._number}"))
        shutil.rmtree(folder)
        end = "completed" if done.run.completed else f"failed, full: {done.run.full}"
        print(
            f"{job.name} {rows.name} {kind}: driver {sizes.driver_heap}+{sizes.driver_overhead} MiB, "
            f"{sizes.executor_instances} x {sizes.executor_heap}+{sizes.executor_overhead} MiB, "
            f"{done.seconds:.1f} s, {end}",
            flush=True,
        )
        return done


def main() -> None:
    """Runs the jobs that the command line names, by default all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--jobs", default=",".join(each.name for each in WORKLOADS), help="names, with commas")
    parser.add_argument("--rounds", type=int, default=len(ROUNDS), help="how many of the rounds, from the first one")
    asked = parser.parse_args()
    names = asked.jobs.split(",")
    if unknown := sorted(set(names) - {each.name for each in WORKLOADS}):
        raise SystemExit(f"There is no job {unknown[0]!r}: there are {', '.join(each.name for each in WORKLOADS)}.")
    with tempfile.TemporaryDirectory(prefix="longshore-sizing-") as temporary:
        folder = Path(temporary)
        (folder / "inputs").mkdir()
        bench = Bench(folder, rounds=max(1, min(asked.rounds, len(ROUNDS))))
        jobs = {each.name: bench.job(each) for each in WORKLOADS if each.name in names}
        line = figures(jobs) | {"parse_mb_per_s": bench.parse_speed(), "rounds": bench.rounds}
        if not bench.limited:
            print("The kernel limited no container here, only the JVMs' heaps were limited: run it as root.")
        print(json.dumps(line | {"limits": "cgroup" if bench.limited else "heap"}))


if __name__ == "__main__":
    main()
