"""`@task.container`: the body of a function runs in another image, through the platform.

The job run gets the function's source and its arguments as JSON. The image's `run_function.py` runs them, so an image
takes part by having that file (`images/delay-report/app/run_function.py`) in its `/opt/longshore`.
"""

import base64
import inspect
import json
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from airflow.sdk.bases.decorator import DecoratedOperator, TaskDecorator, task_decorator_factory
from airflow.sdk.definitions.context import KNOWN_CONTEXT_KEYS

from longshore.exceptions import InvalidArgumentError
from longshore.operators.container import ContainerOperator
from longshore.submission.attempt import Attempt
from longshore.submission.request import ContainerLaunch

if TYPE_CHECKING:
    from longshore.hooks.emr_containers import EmrContainersHook

PROGRAM = "run_function.py"
ARGUMENT_LENGTH = 10280
"""The API's most characters of an argument (its model: EntryPointArgument)."""


class ContainerDecoratedOperator(DecoratedOperator, ContainerOperator):
    """The task of a function with `@task.container`; see `container_task`.

    Returns:
        What the function returns, through JSON.

    Raises:
        InvalidArgumentError: the function has a parameter of Airflow's context, or an argument is refused.
    """

    custom_operator_name = "@task.container"
    template_fields: Sequence[str] = (
        *DecoratedOperator.template_fields,
        *(name for name in ContainerOperator.template_fields if name not in ("entry_point", "arguments")),
    )
    template_fields_renderers = {**DecoratedOperator.template_fields_renderers, "environment": "json"}  # noqa: RUF012
    # The function need not be copied with its operator.
    shallow_copy_attrs: Sequence[str] = ("python_callable",)

    def __init__(self, *, python_callable: Callable[..., Any], **kwargs: Any) -> None:
        if given := [name for name in ("entry_point", "arguments") if name in kwargs]:
            raise InvalidArgumentError(
                f"@task.container takes no {given[0]}: the function's body is the program. Use ContainerOperator."
            )
        parameters = inspect.signature(python_callable).parameters
        if context := [name for name in parameters if name in KNOWN_CONTEXT_KEYS]:
            raise InvalidArgumentError(
                f"The function {python_callable.__name__!r} of @task.container has the parameter {context[0]!r}, which "
                "is Airflow's context, and there is no Airflow in the image: give what you need of it under another "
                "name, such as day='{{ ds }}'."
            )
        super().__init__(python_callable=python_callable, entry_point=PROGRAM, **kwargs)

    def launch(self, hook: "EmrContainersHook", attempt: Attempt) -> ContainerLaunch:
        self.arguments = self._program_arguments()
        return super().launch(hook, attempt)

    def _program_arguments(self) -> list[str]:
        name = self.python_callable.__name__
        try:
            given = json.dumps({"args": list(self.op_args), "kwargs": dict(self.op_kwargs)})
        except (TypeError, ValueError) as error:
            raise InvalidArgumentError(
                f"An argument of the function {name!r} cannot be JSON: {error}. Give texts, numbers, lists, mappings."
            ) from error
        text: str = self.get_python_source()  # type: ignore[no-untyped-call]  # Airflow does not type it
        source = base64.b64encode(text.encode()).decode()
        for what, value in (("source (in base64)", source), ("arguments (as JSON)", given)):
            if len(value) > ARGUMENT_LENGTH:
                raise InvalidArgumentError(
                    f"The function {name!r} has {len(value)} characters of {what}, and the API takes "
                    f"{ARGUMENT_LENGTH}: put the code into the image, and run it with ContainerOperator."
                )
        return [name, source, given]


def container_task(
    python_callable: Callable[..., Any] | None = None, multiple_outputs: bool | None = None, **kwargs: Any
) -> TaskDecorator:
    """Makes a task of a function whose body runs in another image: `@task.container(image="delay-report")`.

    The function imports what it needs in its body; names outside of it are unknown there. Its arguments and its result
    go through JSON.

    Args:
        python_callable: the function.
        multiple_outputs: whether the result, a mapping, becomes an XCom for each key.
        kwargs: of `ContainerOperator`, without `entry_point` and `arguments`, and of Airflow's `BaseOperator`.
    """
    return task_decorator_factory(
        python_callable=python_callable,
        multiple_outputs=multiple_outputs,
        decorated_operator_class=ContainerDecoratedOperator,
        **kwargs,
    )
