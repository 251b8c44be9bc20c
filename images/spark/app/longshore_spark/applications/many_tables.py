"""Many tables in one job: one after the other, each as a transfer of its own. A table that fails stops no other one."""

import sys
import time
from collections.abc import Callable, Iterable, Mapping

from longshore_spark.applications.exit_status import told
from longshore_spark.command_line.transfer import Transfer
from longshore_spark.exceptions import TablesError
from longshore_spark.outcome.datasets import Datasets, names_only
from longshore_spark.outcome.progress import progress
from longshore_spark.outcome.results import Result, Side


def move_tables(transfers: Mapping[str, Transfer], move: Callable[[Transfer], Result]) -> Result:
    """Does all transfers.

    Args:
        transfers: by the table's name alone.
        move: does one; what it raises is the reason of that table's failure.

    Raises:
        TablesError: some have failed, and the others are done.
    """
    started = time.monotonic()
    results: dict[str, Result] = {}
    reasons: dict[str, str] = {}
    for number, (name, transfer) in enumerate(transfers.items(), start=1):
        print(f"Table {number} of {len(transfers)}: {name}", file=sys.stderr, flush=True)
        progress.nothing_written(transfer.target)
        try:
            results[name] = move(transfer)
        except Exception as error:  # noqa: BLE001  the other tables can be moved, and the job's end tells the reason
            reasons[name] = told(error)
            print(f"{name}: {reasons[name]}", file=sys.stderr, flush=True)
        progress.before(_so_far(results, reasons, len(transfers)))
    progress.before("")
    if reasons:
        raise TablesError(_failure(reasons, written=len(results)))
    return _whole(results, round(time.monotonic() - started, 2))


def _so_far(written: Iterable[str], failed: Iterable[str], tables: int) -> str:
    done, missed = list(written), list(failed)
    before = f"{len(done)} {'was' if len(done) == 1 else 'were'} written before ({', '.join(done)})"
    failures = f", {len(missed)} failed ({', '.join(missed)})" if missed else ""
    return f"Of {tables} tables, {before if done else 'none was written before'}{failures}."


def _failure(reasons: Mapping[str, str], *, written: int) -> str:
    # The names come first: the job run's details have room for 256 characters.
    failed = f"{len(reasons)} of {len(reasons) + written} tables failed: {', '.join(reasons)}"
    others = {0: "", 1: "; the other one is written"}.get(written, f"; the other {written} are written")
    return f"{failed}{others}. " + " ".join(f"{name}: {reason}" for name, reason in reasons.items())


def _whole(results: dict[str, Result], seconds: float) -> Result:
    each = list(results.values())
    return Result(
        # A result is one line, which many tables make long: all that is known of a dataset is in it once.
        tables={name: one | Result(datasets=names_only(one["datasets"])) for name, one in results.items()},
        source=Side(rows=sum(one.get("source", Side()).get("rows", 0) for one in each)),
        sink=Side(rows=sum(one["sink"]["rows"] for one in each)),
        engine=", ".join(sorted({one["engine"] for one in each})),
        seconds={"total": seconds},
        datasets=Datasets(
            inputs=[found for one in each for found in one["datasets"]["inputs"]],
            outputs=[found for one in each for found in one["datasets"]["outputs"]],
        ),
    )
