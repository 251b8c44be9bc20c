"""Configuration that a task puts over its job's: `conf`, `jars`, `py_files` and `configuration_overrides`. Pure.

The first three become properties of the classification `spark-defaults`, over which the driver's own parameters win
(Spark, "Dynamically Loading Spark Properties"). A property that would have no effect is therefore refused.
`configuration_overrides` goes to the API as it is.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longshore.exceptions import InvalidArgumentError
from longshore.submission.parameters import check_mapping

DEFAULTS = "spark-defaults"
JARS, PY_FILES = "spark.jars", "spark.submit.pyFiles"
LENGTH, COUNT = 1024, 100
"""The API's most characters of a property, and properties of a classification (its model: SensitivePropertiesMap)."""

# Source: Spark 4.1, SparkSubmitArguments.
_OPTIONS = {
    "--archives": "spark.archives",
    "--deploy-mode": "spark.submit.deployMode",
    "--driver-class-path": "spark.driver.extraClassPath",
    "--driver-cores": "spark.driver.cores",
    "--driver-java-options": "spark.driver.extraJavaOptions",
    "--driver-library-path": "spark.driver.extraLibraryPath",
    "--driver-memory": "spark.driver.memory",
    "--exclude-packages": "spark.jars.excludes",
    "--executor-cores": "spark.executor.cores",
    "--executor-memory": "spark.executor.memory",
    "--files": "spark.files",
    "--jars": JARS,
    "--master": "spark.master",
    "--name": "spark.app.name",
    "--num-executors": "spark.executor.instances",
    "--packages": "spark.jars.packages",
    "--py-files": PY_FILES,
    "--repositories": "spark.jars.repositories",
}
_FLAGS = {"--verbose", "--supervise"}
_ARGUMENTS = {JARS: "jars", PY_FILES: "py_files"}


def spark_properties(
    conf: Mapping[str, Any] | None, jars: str | Sequence[str] | None, py_files: str | Sequence[str] | None
) -> dict[str, str]:
    """Returns the Spark properties that the arguments give.

    Raises:
        InvalidArgumentError: a value is wrong, or two arguments give the same property.
    """
    check_mapping("conf", {} if conf is None else conf)
    properties = {_property(key): _value(f"conf[{key!r}]", value) for key, value in (conf or {}).items()}
    for key, given in ((JARS, jars), (PY_FILES, py_files)):
        if given is None:
            continue
        if key in properties:
            raise InvalidArgumentError(f"conf and {_ARGUMENTS[key]} both give {key!r}: leave one of them out.")
        properties[key] = _value(_ARGUMENTS[key], ",".join(_files(_ARGUMENTS[key], given)))
    return properties


def effective(properties: Mapping[str, str], job: Mapping[str, Any], *, named: str) -> dict[str, str]:
    """Returns the properties as they take effect over a job's own: `spark.jars` and `spark.submit.pyFiles` extend its.

    Args:
        properties: as `spark_properties` gives them.
        job: has `jobDriver` and `configurationOverrides`: a template's `jobTemplateData`, or a request.
        named: the job's name in messages, such as `job template 'x'`.

    Raises:
        InvalidArgumentError: the job's own driver sets one of them, and would win; or a list cannot be extended.
    """
    driver, own = _driver_properties(job), properties_in(job.get("configurationOverrides") or {})
    result = dict(properties)
    for key, value in properties.items():
        if key in driver:
            option, text = driver[key]
            raise InvalidArgumentError(
                f"{_said(key)} would have no effect: the {named} gives it in the parameters of its driver, by "
                f"{option}, and those win. {_way_out(key, text)}"
            )
        if key in _ARGUMENTS and (before := own.get(key)):
            if "${" in before:
                raise InvalidArgumentError(
                    f"{_said(key)} cannot be added to {key} of the {named}, {before!r}: it has a parameter. Give "
                    "all files by that parameter, in job_template_parameters."
                )
            result[key] = _value(_ARGUMENTS[key], ",".join(dict.fromkeys([*before.split(","), *value.split(",")])))
    return result


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
    variables = {name: _value(f"environment[{name!r}]", value) for name, value in (environment or {}).items()}
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


def _driver_properties(job: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Returns by property the option of the driver's parameters that sets it, and its value."""
    found: dict[str, tuple[str, str]] = {}
    for kind, member in (
        ("sparkSubmitJobDriver", "sparkSubmitParameters"),
        ("sparkSqlJobDriver", "sparkSqlParameters"),
    ):
        text = ((job.get("jobDriver") or {}).get(kind) or {}).get(member) or ""
        for option, value in _options(text):
            if option == "--conf" and "=" in value:
                key, _, setting = value.partition("=")
                found[key] = ("--conf", setting)
            elif option in _OPTIONS:
                found[_OPTIONS[option]] = (option, value)
    return found


def _options(text: str) -> Iterator[tuple[str, str]]:
    try:
        words = iter(shlex.split(text))
    except ValueError:
        return  # the API says what is wrong with it
    for word in words:
        if word.startswith("--") and word not in _FLAGS:
            option, assigned, value = word.partition("=")
            yield (option, value) if assigned else (word, next(words, ""))


def _property(key: object) -> str:
    if not isinstance(key, str) or not re.fullmatch(r"spark\.\S+", key) or len(key) > LENGTH:
        raise InvalidArgumentError(
            f"conf has the key {key!r}: give Spark properties, such as 'spark.sql.session.timeZone'. Other "
            "classifications belong into configuration_overrides."
        )
    return key


def _value(argument: str, value: object) -> str:
    text = str(value).lower() if isinstance(value, bool) else str(value)
    if not isinstance(value, bool | int | float | str) or not text.strip():
        raise InvalidArgumentError(f"{argument} is {value!r}: give a text that is not empty, a number or a bool.")
    if len(text) > LENGTH:
        raise InvalidArgumentError(f"{argument} has {len(text)} characters, and the API takes {LENGTH}: shorten it.")
    return text


def _files(argument: str, given: str | Sequence[str]) -> list[str]:
    files = [file.strip() for file in given.split(",")] if isinstance(given, str) else list(given)
    if not files or not all(isinstance(file, str) and re.fullmatch(r"[^\s,]+", file) for file in files):
        raise InvalidArgumentError(
            f"{argument} is {given!r}: give URIs, as a list or with commas between them, such as "
            "['s3://bucket/helpers.zip']."
        )
    return files


def _said(key: str) -> str:
    return _ARGUMENTS.get(key) or f"conf[{key!r}]"


def _way_out(key: str, text: str) -> str:
    if parameter := re.fullmatch(r"\$\{(\w+)\}", text):
        return f"Give the template's parameter {parameter[1]!r} in job_template_parameters."
    return f"Change {_said(key).partition('[')[0]} there, or leave it out here."
