"""A job's configuration, by the way it reaches the job."""

from pathlib import PurePosixPath
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.spark.configuration import (
    Configuration,
    properties_file,
    read_configuration,
    start_timeout,
)


def read(*configurations: dict[str, Any], spark: bool = True) -> Configuration:
    spec = JobSpec(releaseLabel="r", configurationOverrides={"applicationConfiguration": list(configurations)})
    return read_configuration(spec, spark=spark)


def one(classification: str, **properties: str) -> dict[str, Any]:
    return {"classification": classification, "properties": properties}


def exported(**variables: str) -> dict[str, Any]:
    return {"classification": "spark-env", "properties": {}, "configurations": [one("export", **variables)]}


def test_a_job_that_asks_for_nothing_gets_nothing() -> None:
    assert read_configuration(JobSpec(releaseLabel="r"), spark=True) == Configuration()
    assert read({"classification": "spark-defaults"}, {"classification": "spark-log4j2"}) == Configuration()
    assert Configuration().environment(PurePosixPath("/conf")) == {}


def test_what_spark_takes_as_a_property_is_one_and_its_own_defaults_win() -> None:
    read_ = read(
        one("spark-defaults", **{"spark.x": "1", "spark.hadoop.fs.a": "spark's"}),
        one("core-site", **{"fs.a": "core's", "fs.b": "2"}),
        one("spark-hive-site", **{"hive.metastore.uris": "thrift://h:1", "fs.b": "hive's"}),
        one("spark-metrics", **{"*.sink.csv.period": "1"}),
    )
    assert read_.properties == {
        "spark.x": "1",
        "spark.hadoop.fs.a": "spark's",
        "spark.hadoop.fs.b": "hive's",
        "spark.hadoop.hive.metastore.uris": "thrift://h:1",
        "spark.metrics.conf.*.sink.csv.period": "1",
    }
    assert (read_.files, read_.variables) == ({}, {})


def test_variables_are_exported_and_the_later_counts() -> None:
    read_ = read(exported(A="1", B="$HOME"), one("spark-env", C="3"), exported(A="2"))
    assert read_.environment(PurePosixPath("/conf")) == {"A": "2", "B": "$HOME", "C": "3"}
    assert read(exported(A="1"), spark=False).variables == {"A": "1"}


@pytest.mark.parametrize("classification", ["spark-log4j2", "spark-log4j"])
def test_log4j_has_its_file_over_sparks_template(classification: str) -> None:
    read_ = read(one(classification, **{"rootLogger.level": "error", "logger.a.name": "org.a"}))
    lines = read_.files["log4j2.properties"].splitlines()
    assert {"rootLogger.level=error", "logger.a.name=org.a", "appender.console.target=SYSTEM_ERR"} <= {*lines}
    assert "rootLogger.level=info" not in lines
    assert read_.environment(PurePosixPath("/conf")) == {"LOG4J_CONFIGURATION_FILE": "/conf/log4j2.properties"}


def test_a_properties_file_means_what_was_given() -> None:
    text = properties_file({"a b:c=d": " x\\y\nz # ", "!k": "#v", "ü": "😀=:"})
    assert text == ("a\\ b\\:c\\=d=\\ x\\\\y\\u000az # \n\\!k=\\#v\n\\u00fc=\\ud83d\\ude00=:\n")


def test_event_logs_go_where_emr_containers_defaults_says_unless_spark_is_told_otherwise() -> None:
    asked = one("emr-containers-defaults", **{"logging.eventLog.dir": "s3://b/e", "job-start-timeout": "1800"})
    assert read(asked).properties == {"spark.eventLog.enabled": "true", "spark.eventLog.dir": "s3://b/e"}
    told = one("spark-defaults", **{"spark.eventLog.dir": "s3://b/other"})
    assert read(asked, told).properties["spark.eventLog.dir"] == "s3://b/other"


def test_a_start_has_the_time_that_the_job_gives_it() -> None:
    def asked(*configurations: dict[str, Any]) -> int | None:
        overrides = {"applicationConfiguration": list(configurations)}
        return start_timeout(JobSpec(configurationOverrides=overrides))

    timed = one("emr-containers-defaults", **{"job-start-timeout": "1800"})
    assert asked(timed, one("emr-containers-defaults", **{"executor.logging": "DISABLED"})) == 1800
    assert asked(one("spark-defaults", **{"job-start-timeout": "1"})) is None
    assert start_timeout(JobSpec()) is None


def test_what_is_about_pods_that_are_not_here_does_nothing() -> None:
    assert read(one("emr-job-submitter", **{"jobsubmitter.logging": "DISABLED"})) == Configuration()
    assert read(one("emr-containers-defaults", **{"executor.logging": "DISABLED"})) == Configuration()


def nested(outer: str, inner: str, **innermost: Any) -> dict[str, Any]:
    return {"classification": outer, "configurations": [{"classification": inner, **innermost}]}


@pytest.mark.parametrize(
    ("configuration", "message"),
    [
        (
            one("presto-log"),
            "^Unknown configuration overrides classification: presto-log .known here are core-site, emr-",
        ),
        (one("emrfs-site"), "^Unknown configuration overrides classification: emrfs-site .this server has no EMRFS"),
        (one("export", A="1"), "^Unknown configuration overrides classification: export "),
        (
            nested("spark-defaults", "export"),
            "'spark-defaults' contains 'export'; only 'spark-env' may contain another",
        ),
        (nested("spark-env", "spark-defaults"), "'spark-env' contains 'spark-defaults'"),
        (nested("spark-env", "export", configurations=[one("export")]), "'export' may contain none"),
        (exported(PATH="/bin"), "spark-env sets 'PATH', which only the release may set"),
        (exported(LONGSHORE_TERMINATION_LOG="/x"), "sets 'LONGSHORE_TERMINATION_LOG'"),
        (exported(SPARK_CONF_DIR="/x"), "sets 'SPARK_CONF_DIR'"),
        (exported(**{"A B": "x"}), "sets 'A B', which is not the name of an environment variable"),
        (exported(**{"A=B": "x"}), "sets 'A=B'"),
        (
            one("emr-containers-defaults", typo="1"),
            "has no property 'typo'; it has executor.logging, job-start-timeout",
        ),
        (one("emr-containers-defaults", **{"job-start-timeout": "15m"}), "job-start-timeout is '15m'; give a whole"),
    ],
)
def test_what_cannot_be_applied_is_refused_with_the_reason(configuration: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException, match=message):
        read(configuration)


def test_a_release_that_is_not_sparks_takes_the_resources_of_its_container() -> None:
    resources = {"spark.driver.memory": "512m", "spark.kubernetes.driver.request.cores": "100m"}
    assert read(one("spark-defaults", **resources), spark=False).properties == resources


def test_a_release_that_is_not_sparks_takes_variables_only() -> None:
    with pytest.raises(ValidationException, match="The release 'r' is not Spark: 'core-site', 'spark-defaults' would"):
        read(one("spark-defaults", a="b"), one("core-site", a="b"), exported(A="1"), spark=False)
