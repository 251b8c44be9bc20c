"""The result of a transfer: a line on stdout, which the operator reads."""

import json
from typing import TypedDict

from longshore_spark.outcome.datasets import Datasets

MARK = "LONGSHORE_RESULT"
"""Begins the line on stdout that the operator reads."""


class Side(TypedDict, total=False):
    """One side of a transfer: its name, rows read or written, and, of a sink, rows in it afterwards."""

    name: str
    rows: int
    total_rows: int


class Result(TypedDict, total=False):
    """A finished transfer. `seconds`: start (until the session was there), read_write, total."""

    source: Side
    sink: Side
    seconds: dict[str, float]
    engine: str
    """The engine that did it: `spark` or `copy`; `copy, spark` where it differs among many tables."""
    partitions: int
    columns: dict[str, str]
    """The declarations for columns, which may have lost something."""
    row_security: list[str]
    """The tables of the source of which the role may not see all rows, so that these are left out."""
    datasets: Datasets
    """The tables by their OpenLineage names; the operator sends them to Airflow's lineage."""
    already_committed: dict[str, str]
    """The task's earlier commit of these rows, so that nothing was written: its `job_run`, and its time `at`."""
    tables: "dict[str, Result]"
    """The result of each of many tables, by its name alone, with its datasets' names. Rows of `source` and `sink` are
    the sums of theirs."""


def report(result: Result) -> None:
    """Prints the result's line."""
    print(f"{MARK} {json.dumps(result)}", flush=True)
