"""`@task.container`: Airflow's own decorator interface, the request, and the function in another interpreter."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG, task
from airflow.serialization.serialized_objects import DagSerialization
from longshore.decorators.container import ContainerDecoratedOperator, container_task
from longshore.exceptions import InvalidArgumentError

PROGRAM = Path(__file__).parents[3] / "images/delay-report/app/run_function.py"


@pytest.fixture(autouse=True)
def _connection(api: Any, connect: Callable[..., None]) -> None:
    connect(api.url, execution_role_arn="arn:aws:iam::000000000000:role/longshore")


def _operator(made: Any) -> ContainerDecoratedOperator:
    operator = made.operator
    assert isinstance(operator, ContainerDecoratedOperator)
    return operator


def test_airflow_offers_it_as_a_decorator_of_task() -> None:
    assert task.container.__name__ == container_task.__name__


def test_the_body_runs_in_another_interpreter_with_the_tasks_arguments(api: Any, run: Any, make_ti: Any) -> None:
    with DAG("d", schedule=None):

        @task.container(image="delay-report", environment={"A": "b"})
        def total(numbers: list[int], *, factor: int = 1) -> dict[str, float]:
            import math

            return {"total": factor * math.fsum(numbers)}

        operator = _operator(total([1, 2], factor=3))
    run(operator, make_ti())
    body = api.asked("POST")[0][2]
    driver = body["jobDriver"]["sparkSubmitJobDriver"]
    assert (body["releaseLabel"], driver["entryPoint"]) == ("delay-report", "local:///opt/longshore/run_function.py")
    done = subprocess.run(
        [sys.executable, str(PROGRAM), *driver["entryPointArguments"]], capture_output=True, text=True, check=True
    )
    assert done.stdout == 'LONGSHORE_RESULT {"total": 9.0}\n'


def test_its_arguments_are_rendered_and_mapped_and_it_is_serialized() -> None:
    with DAG("d", schedule=None) as dag:

        @task.container(image="delay-report")
        def work(day: str) -> str:
            return day

        work.expand(day=["a", "b"])
        operator = _operator(work.override(task_id="one")("{{ day }}"))
    operator.render_template_fields({"day": "2026-01-01"})  # type: ignore[typeddict-item]
    assert '"2026-01-01"' in operator._program_arguments()[2]
    shown = DagSerialization.from_dict(DagSerialization.to_dict(dag))
    assert {each.task_id: each.is_mapped for each in shown.tasks} == {"work": True, "one": False}


def test_what_cannot_reach_the_image_is_refused_by_name(run: Any, make_ti: Any, api: Any) -> None:
    with DAG("d", schedule=None):

        @task.container(image="delay-report")
        def with_context(ti: Any = None) -> None:
            return None

        @task.container(image="delay-report", entry_point="x.py")
        def with_program() -> None:
            return None

        @task.container(image="delay-report")
        def plain(value: Any) -> None:
            return None

        with pytest.raises(InvalidArgumentError, match=r"'with_context' .* has the parameter 'ti', .*day='{{ ds }}'"):
            with_context()
        with pytest.raises(InvalidArgumentError, match="takes no entry_point"):
            with_program()
        unserializable, long = _operator(plain({1, 2})), _operator(plain("x" * 10300))
    with pytest.raises(InvalidArgumentError, match="An argument of the function 'plain' cannot be JSON"):
        run(unserializable, make_ti())
    with pytest.raises(InvalidArgumentError, match=r"The function 'plain' has 103\d\d characters of arguments"):
        run(long, make_ti())
    assert api.requests == []
