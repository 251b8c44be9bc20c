"""From a specification to a command, and to the folder of its logs."""

from pathlib import Path
from typing import Any

import pytest
from emr_containers.exceptions import ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.logs.streams import log_directory
from emr_containers.runtimes.spark.submit import build_command
from emr_containers.settings import Release

SPARK = Release(
    label="spark-4.1",
    kind="spark",
    command=("/bin/spark-submit", "--verbose"),
    application_directory=Path("/apps"),
    spark_defaults={"spark.master": "local[2]", "spark.driver.memory": "1g", "spark.ui.enabled": "false"},
)
CONTAINER = Release(
    label="report", kind="container", command=("/env/bin/python", "-u"), application_directory=Path("/apps")
)


def spec(entry_point: str = "local:///opt/longshore/transfer.py", **members: Any) -> JobSpec:
    overrides = members.pop("overrides", {})
    driver = {"sparkSubmitJobDriver": {"entryPoint": entry_point, **members}}
    return JobSpec(releaseLabel="any", jobDriver=driver, configurationOverrides=overrides)


def sql(entry_point: str = "local:///opt/longshore/report.sql", **members: Any) -> JobSpec:
    overrides = members.pop("overrides", {})
    driver = {"sparkSqlJobDriver": {"entryPoint": entry_point, **members}}
    return JobSpec(releaseLabel="any", jobDriver=driver, configurationOverrides=overrides)


def defaults(**properties: str) -> dict[str, Any]:
    return {"applicationConfiguration": [{"classification": "spark-defaults", "properties": properties}]}


MACHINE = ["--master", "local[2]", "--driver-memory", "1g", "--conf", "spark.ui.enabled=false"]


def test_the_machines_properties_come_last_and_the_drivers_after_the_defaults() -> None:
    command = build_command(
        spec(
            entryPointArguments=["--source", "a b", ""],
            sparkSubmitParameters="--conf spark.x='1 2' --executor-memory 2g",
            overrides=defaults(**{"spark.x": "0", "spark.driver.memory": "9g"}),
        ),
        SPARK,
    )
    assert command == [
        "/bin/spark-submit",
        "--verbose",
        *("--conf", "spark.x=0", "--conf", "spark.driver.memory=9g"),
        *("--conf", "spark.x=1 2", "--executor-memory", "2g"),
        *MACHINE,
        "/apps/transfer.py",
        *("--source", "a b", ""),
    ]


def test_a_job_that_says_nothing_has_the_machines_properties_only() -> None:
    assert build_command(spec(), SPARK) == ["/bin/spark-submit", "--verbose", *MACHINE, "/apps/transfer.py"]


def test_a_container_release_runs_the_entry_point_by_its_interpreter() -> None:
    command = build_command(
        spec("local:///opt/longshore/sub/report.py", entryPointArguments=["-x", "$HOME; true"]), CONTAINER
    )
    assert command == ["/env/bin/python", "-u", "/apps/sub/report.py", "-x", "$HOME; true"]


@pytest.mark.parametrize("entry_point", ["s3://bucket/x.py", "file:///x.jar", "/x.jar", "x.py"])
def test_another_entry_point_is_left_to_spark_and_refused_without(entry_point: str) -> None:
    assert build_command(spec(entry_point), SPARK)[-1] == entry_point
    with pytest.raises(ValidationException, match="must be a file of its image"):
        build_command(spec(entry_point), CONTAINER)


@pytest.mark.parametrize(
    "entry_point",
    [
        "local:///bin/sh",
        "local:///opt/longshore/../../bin/sh",
        "local:///opt/longshore-not/x",
        "local://opt/longshore/x",
        "local:x.py",
    ],
)
def test_an_entry_point_outside_of_the_image_is_refused(entry_point: str) -> None:
    for release in (SPARK, CONTAINER):
        with pytest.raises(ValidationException, match="must be below local:///opt/longshore/"):
            build_command(spec(entry_point), release)


def test_an_entry_point_that_is_no_uri_is_refused() -> None:
    with pytest.raises(ValidationException, match="entry point is not a valid URI"):
        build_command(spec("local://[x"), SPARK)


def test_a_classification_that_cannot_be_applied_is_refused() -> None:
    unknown = {"applicationConfiguration": [{"classification": "presto-log"}]}
    for job in (spec(overrides=unknown), sql(overrides=unknown)):
        with pytest.raises(ValidationException, match="Unknown configuration overrides classification: presto-log"):
            build_command(job, SPARK)
    with pytest.raises(
        ValidationException, match="The release 'any' is not Spark: 'spark-defaults' would have no effect"
    ):
        build_command(spec(overrides=defaults(a="b")), CONTAINER)


def test_resources_of_a_container_are_refused_where_jobs_are_processes() -> None:
    with pytest.raises(ValidationException, match=r"^spark\.driver\.memory would have no effect: the release 'report'"):
        build_command(spec(overrides=defaults(**{"spark.driver.memory": "1g"})), CONTAINER)


def test_a_sql_script_is_run_by_sparks_cli_under_the_same_properties() -> None:
    command = build_command(
        sql(
            sparkSqlParameters="--conf spark.x=1 -hivevar who='a b' --hiveconf=h=1 --executor-memory 2g",
            overrides=defaults(**{"spark.x": "0"}),
        ),
        SPARK,
    )
    assert command == [
        "/bin/spark-submit",
        "--verbose",
        *("--class", "org.apache.spark.sql.hive.thriftserver.SparkSQLCLIDriver"),
        *("--conf", "spark.x=0"),
        *("--conf", "spark.x=1", "-hivevar", "who=a b", "--hiveconf=h=1", "--executor-memory", "2g"),
        *MACHINE,
        *("-f", "/apps/report.sql"),
    ]
    assert build_command(sql("s3://bucket/x.sql"), SPARK)[-2:] == ["-f", "s3://bucket/x.sql"]


@pytest.mark.parametrize(
    "parameters",
    ["-e 'DROP TABLE t'", "-f other.sql", "-i init.sql", "--class X", "--kill=1", "other.sql", "--database d"],
)
def test_what_would_bring_another_script_is_refused(parameters: str) -> None:
    with pytest.raises(ValidationException, match=r"sparkSqlParameters has '.*' where an option of spark-submit"):
        build_command(sql(sparkSqlParameters=parameters), SPARK)


def test_a_release_that_is_not_sparks_runs_no_sql() -> None:
    with pytest.raises(
        ValidationException, match="The release 'report' is not Spark and cannot run a sparkSqlJobDriver"
    ):
        build_command(sql(), CONTAINER)


def logged(uri: str | None) -> str:
    monitoring = {"s3MonitoringConfiguration": {"logUri": uri}} if uri else {}
    job = spec(overrides={"monitoringConfiguration": monitoring})
    return str(log_directory("run", virtual_cluster="vc", spec=job, default=Path("/default")))


@pytest.mark.parametrize(
    ("uri", "folder"),
    [
        (None, "/default"),
        ("file:///logs", "/logs"),
        ("file:///logs/", "/logs"),
        ("file:///my%20logs/%C3%A4", "/my logs/ä"),
    ],
)
def test_logs_lie_in_awss_layout_below_the_log_uri(uri: str | None, folder: str) -> None:
    assert logged(uri) == f"{folder}/vc/jobs/run/containers/spark-run/spark-run-driver"


@pytest.mark.parametrize("uri", ["gs://bucket/logs", "logs", "file:logs", "/logs", "file:///a%00b"])
def test_a_log_uri_that_is_no_file_is_refused(uri: str) -> None:
    with pytest.raises(ValidationException, match="cannot be used here; use a file:///"):
        logged(uri)


def test_a_log_uri_that_is_no_uri_is_refused() -> None:
    with pytest.raises(ValidationException, match="logUri is not a valid URI"):
        logged("file://[x")


@pytest.mark.parametrize("parameters", ["--conf a=b --verbose --driver-memory 2g", "--conf=a=b", "--name 'a b'", ""])
def test_options_and_their_values_are_sparks_own(parameters: str) -> None:
    assert build_command(spec(sparkSubmitParameters=parameters), SPARK)[-1] == "/apps/transfer.py"


@pytest.mark.parametrize(
    ("parameters", "word"),
    [
        ("--conf a=b /tmp/evil.py", "/tmp/evil.py"),  # noqa: S108
        ("--name a b", "b"),
        ("--version", "--version"),
        ("--kill=submission", "--kill=submission"),
        ("--conf", "--conf"),
        ("-", "-"),
    ],
)
def test_what_would_take_the_entry_points_place_is_refused(parameters: str, word: str) -> None:
    with pytest.raises(ValidationException, match=f"sparkSubmitParameters has '{word}' where an option"):
        build_command(spec(sparkSubmitParameters=parameters), SPARK)


def test_a_log_uri_with_a_host_is_refused() -> None:
    monitoring = {"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": "file://tmp/logs"}}}
    with pytest.raises(ValidationException, match="use a file:///"):
        log_directory("run", virtual_cluster="vc", spec=spec(overrides=monitoring), default=Path("/logs"))
