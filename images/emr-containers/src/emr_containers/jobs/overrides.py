"""Configuration that a request puts over its template's, by name, and which of it a template allows. Pure.

An override's name is `classification:key`, such as `spark-defaults:spark.executor.memory`. What `spark-env` exports is
`spark-env:NAME`, and a member of `monitoringConfiguration` is `monitoringConfiguration:MEMBER`.

Most settings can run code: a class to load, a program to call, an option of Java's. So there is no list of bad names.
Overrides of resources, logging and tags are harmless, with values of a plain form; every other one is somebody's to
allow: the template's, by a tag that it was created with, or a policy's (`access.template_starts`).
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from emr_containers.exceptions import ValidationException
from emr_containers.sizing import dynamic_sizing

OVERRIDES_TAG = "longshore.dev/overrides"
"""A template's tag with the overrides that it allows: names with a space between them; one that ends in a dot stands
for all that begin so."""
CLASSIFICATIONS = (
    *("core-site", "spark-hive-site", "spark-metrics", "spark-defaults", "spark-log4j", "spark-log4j2"),
    *("spark-env", "emr-containers-defaults", "emr-job-submitter"),
)
"""The classifications that this server knows (`runtimes.spark.configuration` says what they do)."""
MONITORING = "monitoringConfiguration"
_RESOURCES = {
    *(f"spark.{role}.{name}" for role in ("driver", "executor") for name in ("cores", "memory", "memoryOverhead")),
    *(f"spark.{role}.memoryOverheadFactor" for role in ("driver", "executor", "kubernetes")),
    *("spark.executor.instances", "spark.executor.pyspark.memory"),
    *(f"spark.dynamicAllocation.{name}" for name in ("enabled", "minExecutors", "maxExecutors", "initialExecutors")),
    *("spark.sql.shuffle.partitions", "spark.default.parallelism"),
    *(f"spark.kubernetes.{role}.{kind}.cores" for role in ("driver", "executor") for kind in ("request", "limit")),
}
_SIZINGS = {
    dynamic_sizing.LABEL: re.compile("true|false", re.ASCII),
    f"{dynamic_sizing.PREFIX}signature": re.compile(r"[\w./+-]{1,256}", re.ASCII),
    f"{dynamic_sizing.PREFIX}mode": re.compile("Off|Initial", re.ASCII),
}
"""Sizes by earlier runs, within the bounds of the template: the form of each value."""
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,6})?[A-Za-z]{0,2}|true|false", re.ASCII)
_LEVEL_KEY = re.compile(r"(rootLogger|logger\.\w{1,80})\.level", re.ASCII)
_LEVEL = re.compile("off|fatal|error|warn|info|debug|trace|all", re.IGNORECASE | re.ASCII)
_LOGGER_KEY = re.compile(r"logger\.\w{1,80}\.name", re.ASCII)
_LOGGER = re.compile(r"[\w.]{1,200}", re.ASCII)
_ENTRY = re.compile(rf"({'|'.join(map(re.escape, (*CLASSIFICATIONS, MONITORING)))}):[^\s:]\S*")


def named_overrides(overrides: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields the name and the value of each override in a request's `configurationOverrides`."""
    for member in overrides.get(MONITORING, {}):
        yield f"{MONITORING}:{member}", ""
    yield from _configurations(overrides.get("applicationConfiguration", []), within="")


def is_harmless(name: str, value: str) -> bool:
    """Returns True for an override of resources or logging, with a value of a plain form."""
    classification, _, key = name.partition(":")
    if classification == "spark-defaults":
        form = _AMOUNT if key in _RESOURCES else _SIZINGS.get(key)
        return form is not None and form.fullmatch(value) is not None
    if classification in ("spark-log4j", "spark-log4j2"):
        level = _LEVEL_KEY.fullmatch(key) and _LEVEL.fullmatch(value)
        return bool(level or (_LOGGER_KEY.fullmatch(key) and _LOGGER.fullmatch(value)))
    # Its logUri is held to prefixes (`operations.log_prefixes`).
    return classification == MONITORING


def is_allowed_by_tag(tag: str, name: str) -> bool:
    """Returns True where a template's tag `OVERRIDES_TAG` allows the override.

    Args:
        tag: the tag's value; empty where the template has no such tag.
    """
    return any(name.startswith(entry) if entry.endswith(".") else name == entry for entry in tag.split())


def check_overrides_tag(tags: Mapping[str, str]) -> None:
    """Checks the tag `OVERRIDES_TAG` of a template that is to be created.

    Raises:
        ValidationException: a word in it names no override.
    """
    for entry in tags.get(OVERRIDES_TAG, "").split():
        if not _ENTRY.fullmatch(entry):
            raise ValidationException(
                f"The tag {OVERRIDES_TAG!r} has {entry[:80]!r}, which names no override. Write CLASSIFICATION:KEY, as "
                "in 'spark-defaults:spark.sql.session.timeZone'; an entry that ends in a dot allows all that begin so; "
                f"the classifications are {', '.join(CLASSIFICATIONS)}."
            )


def _configurations(configurations: list[Any], *, within: str) -> Iterator[tuple[str, str]]:
    for configuration in configurations:
        classification = configuration["classification"]
        if within:
            # Any other nesting than spark-env's is refused later; until then it is no known name.
            classification = within if (within, classification) == ("spark-env", "export") else f"{within}/…"
        for key, value in configuration.get("properties", {}).items():
            yield f"{classification}:{key}", value
        yield from _configurations(configuration.get("configurations", []), within=classification)
