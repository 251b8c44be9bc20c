"""The jobs of `make bench-sizing`, their inputs and the sizes that they are compared with.

The list was written before the planner, so that the planner cannot have been made for it. Each job runs for five
rounds, and its input grows and shrinks between them.
"""

from dataclasses import dataclass

ROUNDS = (1.0, 1.4, 2.0, 0.8, 1.2)
"""The factor of each round's input, in the order of the rounds."""

DEFAULT = {
    "spark.driver.memory": "2g",
    "spark.executor.instances": "2",
    "spark.executor.cores": "2",
    "spark.executor.memory": "4g",
}
"""The guessed sizes that a plan is measured against."""


@dataclass(frozen=True, kw_only=True)
class Workload:
    """One job: a function of `application.py` with that name, and its input."""

    name: str
    table: str
    """The kind of its input: a function of `tables.py`."""
    rows: int
    """The rows of the input in a round of factor 1."""
    stresses: str
    """The part of memory or of the machine that it needs most, for readers of the results."""
    searched: bool = False
    """True: the best static sizes are searched for, too."""

    def rows_in(self, number: int) -> int:
        """Returns the rows of the input of that round, from 0."""
        return int(self.rows * ROUNDS[number])


WORKLOADS = (
    Workload(name="sort_merge_join", table="events", rows=3_000_000, stresses="execution memory", searched=True),
    Workload(name="broadcast_join", table="events", rows=3_000_000, stresses="the driver, and a copy in each executor"),
    Workload(name="aggregation", table="events", rows=4_000_000, stresses="hash tables"),
    Workload(name="skewed_join", table="events", rows=2_000_000, stresses="one task", searched=True),
    Workload(name="collected_groups", table="events", rows=1_500_000, stresses="user memory of one task"),
    Workload(name="ranked_window", table="events", rows=2_000_000, stresses="sorted partitions"),
    Workload(name="cached", table="events", rows=4_000_000, stresses="storage memory", searched=True),
    Workload(name="python_udf", table="events", rows=400_000, stresses="Python workers"),
    Workload(name="pandas_groups", table="events", rows=1_000_000, stresses="Python workers by group", searched=True),
    Workload(name="wide_rows", table="documents", rows=20_000, stresses="rows of 20 kB"),
    Workload(name="exploded", table="baskets", rows=200_000, stresses="the CPU, by 40 rows of each row"),
    Workload(name="collected_to_driver", table="events", rows=400_000, stresses="the driver's heap"),
    Workload(name="written_partitions", table="events", rows=2_000_000, stresses="Parquet writers, off the heap"),
    Workload(name="tiny", table="events", rows=1_000, stresses="nothing: a job shorter than a heartbeat"),
)
