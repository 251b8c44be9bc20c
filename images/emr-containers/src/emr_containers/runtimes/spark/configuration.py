"""A job's `applicationConfiguration` as Spark properties, files and environment variables. Pure.

Everything that Spark accepts as a property is passed as one. So Spark itself hands it to the executors, and it wins
over the release's own files, which stay in place. Only log4j needs a file.

| classification | here |
|---|---|
| `spark-defaults` | properties |
| `core-site`, `spark-hive-site` | `spark.hadoop.*` (Spark, "Custom Hadoop/Hive Configuration") |
| `spark-metrics` | `spark.metrics.conf.*` (Spark, "Monitoring: Metrics") |
| `spark-log4j2`, `spark-log4j` | `log4j2.properties`, over Spark's own template of it |
| `spark-env`, in it `export` | environment variables of driver and executors, unchanged: no shell reads them |
| `emr-containers-defaults` | `logging.eventLog.dir` (`spark.eventLog.dir`), `job-start-timeout`; others do nothing |
| `emr-job-submitter` | no effect: no pod submits the job |

Sources: AWS, EMR on EKS development guide, the release notes' "Supported configuration classifications" and "Using
Amazon EMR container defaults classification"; the wording of a refusal, boto/boto3#3860.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec

LOG4J_FILE = "log4j2.properties"
_LOG4J_VARIABLE = "LOG4J_CONFIGURATION_FILE"
# The keys of Spark's conf/log4j2.properties.template, which jobs written for AWS override one by one.
_LOG4J_TEMPLATE = {
    "rootLogger.level": "info",
    "rootLogger.appenderRef.stdout.ref": "console",
    "appender.console.type": "Console",
    "appender.console.name": "console",
    "appender.console.target": "SYSTEM_ERR",
    "appender.console.layout.type": "PatternLayout",
    "appender.console.layout.pattern": "%d{yy/MM/dd HH:mm:ss} %p %c{1}: %m%n%ex",
}
_RESERVED = ("PATH", "SPARK_HOME", "SPARK_CONF_DIR")
_PREFIX = {
    "core-site": "spark.hadoop.",
    "spark-hive-site": "spark.hadoop.",
    "spark-metrics": "spark.metrics.conf.",
    "spark-defaults": "",
}
"""The prefix of the Spark properties that a classification's properties become. Later classifications win."""
_LOG4J = ("spark-log4j", "spark-log4j2")
_EVENT_LOGS = "logging.eventLog.dir"
_START_TIMEOUT = "job-start-timeout"
_DEFAULTS = {
    _START_TIMEOUT,
    _EVENT_LOGS,
    *("executor.logging", "logging.image", "logging.request.cores", "logging.request.memory", "logging.nativeSidecar"),
}
KNOWN = (*_PREFIX, *_LOG4J, "spark-env", "emr-containers-defaults", "emr-job-submitter")

CONTAINER_PROPERTIES = (
    "spark.driver.memory",
    "spark.kubernetes.driver.request.cores",
    "spark.kubernetes.driver.limit.cores",
)
"""The properties of `spark-defaults` that a release which is not Spark takes, too: the resources of its container."""


@dataclass(frozen=True, kw_only=True)
class Configuration:
    """The configuration of a job, by the way in which it reaches the job."""

    properties: Mapping[str, str] = field(default_factory=dict)
    """Spark properties. Those of the driver's parameters and of the machine win over them."""
    files: Mapping[str, str] = field(default_factory=dict)
    """Texts by file name, for a folder that the driver and the executors can read."""
    variables: Mapping[str, str] = field(default_factory=dict)

    def environment(self, folder: PurePath) -> dict[str, str]:
        """Returns the job's environment variables if its `files` are in `folder`."""
        own = {_LOG4J_VARIABLE: str(folder / LOG4J_FILE)} if LOG4J_FILE in self.files else {}
        return {**self.variables, **own}


def read_configuration(spec: JobSpec, *, spark: bool) -> Configuration:
    """Returns the configuration of a job.

    Args:
        spark: whether its release is Spark. Other releases only have environment variables and `CONTAINER_PROPERTIES`.

    Raises:
        ValidationException: a classification is unknown or cannot be applied here.
    """
    given: dict[str, dict[str, str]] = {}
    for classification, properties in _flat(spec):
        # Repeated classifications are merged; of a repeated property, the last value counts.
        given.setdefault(classification, {}).update(properties)
    if not spark and (others := [name for name, properties in given.items() if not _of_container(name, properties)]):
        raise ValidationException(
            f"The release {spec['releaseLabel']!r} is not Spark: {_names(sorted(others))} would have no effect; "
            "leave it out."
        )
    for classification, check in _CHECKS.items():
        check(given.get(classification, {}))
    properties = _event_logs(given.get("emr-containers-defaults", {}))
    for classification, prefix in _PREFIX.items():
        properties |= {f"{prefix}{key}": value for key, value in given.get(classification, {}).items()}
    log4j = {key: value for name in _LOG4J for key, value in given.get(name, {}).items()}
    return Configuration(
        properties=properties,
        files={LOG4J_FILE: properties_file(_LOG4J_TEMPLATE | log4j)} if log4j else {},
        variables=given.get("spark-env", {}),
    )


def start_timeout(spec: JobSpec) -> int | None:
    """Returns the seconds that the job may take until its driver runs. None: any time (at AWS, 15 minutes)."""
    timeout: str | None = None
    for configuration in spec.get("configurationOverrides", {}).get("applicationConfiguration", []):
        if configuration["classification"] == "emr-containers-defaults":
            timeout = configuration.get("properties", {}).get(_START_TIMEOUT, timeout)
    return None if timeout is None else int(timeout)


def properties_file(properties: Mapping[str, str]) -> str:
    """Returns a Java properties file with exactly these keys and values. Source: java.util.Properties.load."""
    return "".join(f"{_escaped(key, ' :=')}={_escaped(value, '')}\n" for key, value in properties.items())


def _flat(spec: JobSpec) -> Iterator[tuple[str, Mapping[str, str]]]:
    for configuration in spec.get("configurationOverrides", {}).get("applicationConfiguration", []):
        classification = configuration["classification"]
        if classification not in KNOWN:
            raise ValidationException(_unknown(classification))
        yield classification, configuration.get("properties", {})
        for nested in configuration.get("configurations", []):
            if (classification, nested["classification"]) != ("spark-env", "export") or nested.get("configurations"):
                raise ValidationException(
                    f"The classification {classification!r} contains {nested['classification']!r}; only "
                    "'spark-env' may contain another one, 'export', and 'export' may contain none."
                )
            yield classification, nested.get("properties", {})


def _of_container(classification: str, properties: Mapping[str, str]) -> bool:
    return classification == "spark-env" or (
        classification == "spark-defaults" and properties.keys() <= set(CONTAINER_PROPERTIES)
    )


def _unknown(classification: str) -> str:
    why = f"known here are {', '.join(sorted(KNOWN))}"
    if classification == "emrfs-site":
        why = "this server has no EMRFS, and s3:// is Hadoop's S3A: set fs.s3a.* in core-site"
    return f"Unknown configuration overrides classification: {classification[:80]} ({why})."


def _check_variables(variables: Mapping[str, str]) -> None:
    for name in variables:
        if not re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]*", name):
            raise ValidationException(
                f"spark-env sets {name[:80]!r}, which is not the name of an environment variable."
            )
        if name in _RESERVED or name.startswith("LONGSHORE_"):
            raise ValidationException(f"spark-env sets {name!r}, which only the release may set; leave it out.")


def _check_defaults(defaults: Mapping[str, str]) -> None:
    if unknown := sorted(defaults.keys() - _DEFAULTS):
        raise ValidationException(
            f"emr-containers-defaults has no property {_names(unknown)}; it has {', '.join(sorted(_DEFAULTS))}."
        )
    timeout = defaults.get(_START_TIMEOUT, "1")
    if not re.fullmatch("[1-9][0-9]{0,8}", timeout):
        raise ValidationException(f"{_START_TIMEOUT} is {timeout[:80]!r}; give a whole number of seconds.")


_CHECKS: Mapping[str, Callable[[Mapping[str, str]], None]] = {
    "spark-env": _check_variables,
    "emr-containers-defaults": _check_defaults,
}


def _event_logs(defaults: Mapping[str, str]) -> dict[str, str]:
    if _EVENT_LOGS not in defaults:
        return {}
    return {"spark.eventLog.enabled": "true", "spark.eventLog.dir": defaults[_EVENT_LOGS]}


def _escaped(text: str, special: str) -> str:
    # ASCII only: the format's encoding is Latin-1, but not every reader uses it.
    units = text.encode("utf-16-be")
    characters = [chr(units[at] << 8 | units[at + 1]) for at in range(0, len(units), 2)]
    return "".join(_character(one, special, first=at == 0) for at, one in enumerate(characters))


def _character(one: str, special: str, *, first: bool) -> str:
    if one == "\\" or one in special or (first and one in " #!"):
        return f"\\{one}"
    return one if " " <= one <= "~" else f"\\u{ord(one):04x}"


def _names(names: list[str]) -> str:
    return ", ".join(repr(name[:80]) for name in names)
