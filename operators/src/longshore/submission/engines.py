"""The engine of a transfer to the lake, chosen before the job is submitted: COPY has no executors to reserve. Pure.

COPY takes the most frequent transfers and needs no Spark session. What only the job can see, such as the target's
layout, may still lead it to Spark: then the job asks for executors once it needs them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from longshore.exceptions import InvalidArgumentError
from longshore.submission.overrides import properties_in
from longshore.submission.request import TemplateLaunch

ENGINES = ("auto", "spark", "copy")
_DYNAMIC, _INSTANCES = "spark.dynamicAllocation.", "spark.executor.instances"


@dataclass(frozen=True)
class Choice:
    """The engine that is expected to do a transfer."""

    engine: str
    """`spark` or `copy`."""
    reason: str
    """A sentence for the task's log."""


def check_engine(engine: str | None) -> str | None:
    """Returns the argument `engine`.

    Raises:
        InvalidArgumentError: there is no such engine.
    """
    if engine is not None and engine not in ENGINES:
        raise InvalidArgumentError(f"engine is {engine!r}: give one of {', '.join(ENGINES)}.")
    return engine


def choose(parameters: Mapping[str, str]) -> Choice:
    """Returns the engine for a transfer from a database to the lake.

    Args:
        parameters: those of the template `jdbc-to-spark`; a missing one has the template's default.

    Raises:
        InvalidArgumentError: `copy` was asked for, and cannot do what else was.
    """
    engine = parameters.get("engine", "spark")
    if engine == "spark":
        return Choice("spark", "Engine: Spark, as the task or its template says.")
    reason = only_spark(parameters)
    if reason is None:
        return Choice("copy", "Engine: COPY, without a Spark session. No executors are reserved.")
    if engine == "copy":
        raise InvalidArgumentError(f"engine is 'copy', and {reason}: use 'auto' or 'spark'.")
    return Choice("spark", f"Engine: Spark, because {reason}.")


def only_spark(parameters: Mapping[str, str]) -> str | None:
    """Returns why only Spark can do such a transfer; None if COPY may do it. The job decides in the same way."""
    if parameters.get("mode") == "merge":
        return "COPY does not merge"
    if parameters.get("checks", "-") != "-":
        return "COPY runs no checks"
    return None


def without_executors(launch: TemplateLaunch) -> TemplateLaunch:
    """Returns the launch of a job that reserves no executors. Spark, if it comes to that, asks for them by itself, at
    most as many as were given. A task that says itself how executors are allocated is left as it is."""
    given = launch.properties.keys() | properties_in(launch.configuration_overrides or {}).keys()
    if any(name.startswith(_DYNAMIC) or name == _INSTANCES for name in given):
        return launch
    properties = {**launch.properties, f"{_DYNAMIC}enabled": "true"}
    if (most := launch.parameters.get("executor_instances")) is not None:
        properties[f"{_DYNAMIC}maxExecutors"] = most
    return replace(launch, parameters={**launch.parameters, "executor_instances": "0"}, properties=properties)
