"""The benchmark's list: what it promises of the jobs, without running them."""

import ast
import itertools
from pathlib import Path

from bench.sizing.workloads import DEFAULT, ROUNDS, WORKLOADS

FOLDER = Path(__file__).parent


def functions(file: str) -> set[str]:
    """The functions of a file that needs Spark to be imported."""
    tree = ast.parse((FOLDER / file).read_text())
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}


def test_each_workload_has_its_job_and_its_table() -> None:
    assert {each.name for each in WORKLOADS} <= functions("application.py")
    assert {each.table for each in WORKLOADS} <= functions("tables.py")


def test_at_least_twelve_jobs_run_five_rounds_whose_input_grows_and_shrinks() -> None:
    assert len({each.name for each in WORKLOADS}) == len(WORKLOADS) >= 12
    assert len(ROUNDS) == 5
    steps = [later - earlier for earlier, later in itertools.pairwise(ROUNDS)]
    assert max(steps) > 0 > min(steps)
    assert sum(each.searched for each in WORKLOADS) == 4


def test_the_default_is_the_guess_of_a_team() -> None:
    assert DEFAULT == {
        "spark.driver.memory": "2g",
        "spark.executor.instances": "2",
        "spark.executor.cores": "2",
        "spark.executor.memory": "4g",
    }
