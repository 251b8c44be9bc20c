"""The request's `configurationOverrides`: a task's argument `configuration_overrides`, properties and variables. Pure.

`configuration_overrides` goes to the API as it is; Spark properties (`longshore.submission.spark_properties`) are added
to its classification `spark-defaults`.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from longshore.exceptions import InvalidArgumentError
from longshore.submission.parameters import check_mapping, text_of

DEFAULTS = "spark-defaults"
LENGTH, COUNT = 1024, 100
"""The API's most characters of a property, and properties of a classification (its model: SensitivePropertiesMap)."""


def merged_overrides(
    given: Mapping[str, Any] | None, properties: Mapping[str, str], *, log_uri: str | None
) -> dict[str, Any]:
    """Returns the request's `configurationOverrides`; empty if there are none.

    Args:
        given: the argument `configuration_overrides`, in the API's form.
        properties: of Spark, from the other arguments.
        log_uri: the connection's; a place that `given` names counts instead.

    Raises:
        InvalidArgumentError: `given` is malformed, or says what another argument says, too.
    """
    overrides = checked_overrides(given)
    own = properties_in(overrides)
    if twice := sorted(own.keys() & properties.keys()):
        names = ", ".join(repr(key) for key in twice)
        raise InvalidArgumentError(
            f"configuration_overrides gives {names} in {DEFAULTS}, and so do conf, jars or py_files: leave one of them "
            "out."
        )
    if len(own) + len(properties) > COUNT:
        raise InvalidArgumentError(
            f"{len(own) + len(properties)} Spark properties are given, and the API takes {COUNT}: put the others into "
            "the job template."
        )
    if properties:
        ours = {"classification": DEFAULTS, "properties": dict(properties)}
        overrides["applicationConfiguration"] = _with(overrides.get("applicationConfiguration", []), ours)
    if log_uri:
        own_place = {"s3MonitoringConfiguration": {"logUri": log_uri}}
        overrides["monitoringConfiguration"] = own_place | dict(overrides.get("monitoringConfiguration") or {})
    return overrides


def checked_overrides(given: Mapping[str, Any] | None) -> dict[str, Any]:
    """Returns a copy of the argument `configuration_overrides`. Raises InvalidArgumentError if it is malformed."""
    if given is None:
        return {}
    check_mapping("configuration_overrides", given)
    known = ("applicationConfiguration", "monitoringConfiguration")
    if unknown := sorted(given.keys() - set(known)):
        raise InvalidArgumentError(f"configuration_overrides has no key {unknown[0]!r}: it has {' and '.join(known)}.")
    configurations = given.get("applicationConfiguration") or []
    if isinstance(configurations, str | Mapping) or not all(
        isinstance(one, Mapping) and isinstance(one.get("properties", {}), Mapping) and one.get("classification")
        for one in configurations
    ):
        raise InvalidArgumentError(
            "configuration_overrides['applicationConfiguration'] must be a list of mappings with classification and "
            "properties."
        )
    check_mapping("configuration_overrides['monitoringConfiguration']", given.get("monitoringConfiguration") or {})
    return {key: value for key, value in given.items() if value}


def environment_overrides(environment: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """Returns `configurationOverrides` with the environment variables of a program; None: there are none.

    Raises:
        InvalidArgumentError: a name or a value cannot be a variable's.
    """
    check_mapping("environment", {} if environment is None else environment)
    for name in environment or {}:
        if not isinstance(name, str) or not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise InvalidArgumentError(f"environment has {name!r}, which is not the name of an environment variable.")
    variables = {
        name: text_of(f"environment[{name!r}]", value, longest=LENGTH) for name, value in (environment or {}).items()
    }
    if not variables:
        return None
    exported = [{"classification": "export", "properties": variables}]
    return {"applicationConfiguration": [{"classification": "spark-env", "configurations": exported}]}


def own_log_uri(given: Mapping[str, Any] | None) -> str | None:
    """Returns the place of logs that `configuration_overrides` names; None: it names none."""
    monitoring = checked_overrides(given).get("monitoringConfiguration", {})
    return (monitoring.get("s3MonitoringConfiguration") or {}).get("logUri") or None


def properties_in(overrides: Mapping[str, Any]) -> dict[str, str]:
    """Returns the properties of `spark-defaults` in `configurationOverrides`."""
    return {
        str(key): str(value)
        for one in overrides.get("applicationConfiguration") or []
        if one.get("classification") == DEFAULTS
        for key, value in (one.get("properties") or {}).items()
    }


def _with(configurations: Sequence[Mapping[str, Any]], added: Mapping[str, Any]) -> list[dict[str, Any]]:
    # One classification each: AWS refuses a second one of the same name.
    result = [dict(one) for one in configurations]
    for one in result:
        if one["classification"] == added["classification"]:
            one["properties"] = {**(one.get("properties") or {}), **added["properties"]}
            return result
    return [*result, dict(added)]
