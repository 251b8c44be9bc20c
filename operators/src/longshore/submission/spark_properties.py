"""Spark properties that a task puts over its job's: `conf`, `jars` and `py_files`. Pure.

They become properties of the classification `spark-defaults`, over which the driver's own parameters win (Spark,
"Dynamically Loading Spark Properties"). A property that would have no effect is therefore refused.
"""

import re
import shlex
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from longshore.exceptions import InvalidArgumentError
from longshore.submission.overrides import LENGTH, properties_in
from longshore.submission.parameters import check_mapping, text_of

JARS, PY_FILES = "spark.jars", "spark.submit.pyFiles"

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
    properties = {_property(key): _text(f"conf[{key!r}]", value) for key, value in (conf or {}).items()}
    for key, given in ((JARS, jars), (PY_FILES, py_files)):
        if given is None:
            continue
        if key in properties:
            raise InvalidArgumentError(f"conf and {_ARGUMENTS[key]} both give {key!r}: leave one of them out.")
        properties[key] = _text(_ARGUMENTS[key], ",".join(_files(_ARGUMENTS[key], given)))
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
            result[key] = _text(_ARGUMENTS[key], ",".join(dict.fromkeys([*before.split(","), *value.split(",")])))
    return result


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


def _text(argument: str, value: object) -> str:
    return text_of(argument, value, longest=LENGTH)


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
