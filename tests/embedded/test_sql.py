"""SQL scripts (sparkSqlJobDriver) in real Spark, and what their applicationConfiguration sets there."""

import time
from pathlib import Path
from typing import Any

import pytest
from longshore_cli.embedded.platform import Platform

ROLE = "arn:aws:iam::000000000000:role/longshore-job"
SCRIPT = """
-- Hive's variables are filled in by Spark's SQL CLI.
CREATE TEMPORARY VIEW airlines AS SELECT * FROM VALUES (2, 'two; second'), (1, 'one') AS t(id, name);
SELECT id, name, '${hivevar:who}' AS who FROM airlines ORDER BY id;
SELECT reflect('java.lang.System', 'getenv', 'GREETING'), reflect('java.lang.System', 'getenv', 'SPARK_LOCAL_IP');
SET spark.hadoop.fs.mine;
SET spark.sql.shuffle.partitions;
"""
CONFIGURATION: list[dict[str, Any]] = [
    {"classification": "spark-defaults", "properties": {"spark.sql.shuffle.partitions": "3"}},
    {"classification": "core-site", "properties": {"fs.mine": "from core-site"}},
    {
        "classification": "spark-metrics",
        "properties": {"driver.sink.csv.class": "org.apache.spark.metrics.sink.CsvSink"},
    },
    {
        "classification": "spark-env",
        "configurations": [
            {"classification": "export", "properties": {"GREETING": "good $morning", "SPARK_LOCAL_IP": "198.51.100.1"}}
        ],
    },
    {
        "classification": "spark-log4j2",
        "properties": {"appender.console.layout.pattern": "LINE OF OURS %p %c{1}: %m%n", "rootLogger.level": "warn"},
    },
]


def run_sql(platform: Platform, script: Path, **members: Any) -> tuple[dict[str, Any], str, str]:
    """The job run when it has ended, its stdout and its stderr."""
    emr = platform.server.client()
    cluster = platform.server.virtual_cluster_id
    driver = {"entryPoint": script.as_uri(), "sparkSqlParameters": members.pop("parameters", "--name sql")}
    started = emr.start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
        virtualClusterId=cluster,
        releaseLabel="spark-4.1",
        executionRoleArn=ROLE,
        jobDriver={"sparkSqlJobDriver": driver},  # type: ignore[typeddict-item]
        configurationOverrides=members,  # type: ignore[arg-type]
    )
    while True:
        run = dict(emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"])
        if run["state"] in ("COMPLETED", "FAILED", "CANCELLED"):
            break
        time.sleep(0.2)
    folder = platform.layout.server / "logs" / cluster / "jobs" / str(run["id"]) / "containers" / f"spark-{run['id']}"
    logs = folder / f"spark-{run['id']}-driver"
    return run, (logs / "stdout").read_text(), (logs / "stderr").read_text()


def test_a_script_runs_and_its_rows_are_its_output(platform: Platform, tmp_path: Path) -> None:
    script = tmp_path / "report.sql"
    script.write_text(SCRIPT)
    run, stdout, stderr = run_sql(
        platform,
        script,
        parameters="--conf spark.sql.shuffle.partitions=5 -hivevar who='any one'",
        applicationConfiguration=CONFIGURATION,
    )
    assert run["state"] == "COMPLETED", stderr
    assert stdout.splitlines() == [
        "1\tone\tany one",
        "2\ttwo; second\tany one",
        "good $morning\t127.0.0.1",  # the release's own variable stays
        "spark.hadoop.fs.mine\tfrom core-site",
        "spark.sql.shuffle.partitions\t5",  # a parameter wins over spark-defaults
    ]
    assert "LINE OF OURS WARN " in stderr


@pytest.mark.parametrize(
    ("script", "details"),
    [
        ("SELECT 1;\nSELECT * FROM nowhere;", "[TABLE_OR_VIEW_NOT_FOUND] The table or view 'nowhere' cannot be found."),
        ("SELECT raise_error('it is ' || 'so');", "[USER_RAISED_EXCEPTION] it is so SQLSTATE: P0001"),
        (None, "Could not open input file for reading."),
    ],
)
def test_a_script_that_fails_is_the_users_error_and_says_why(
    platform: Platform, tmp_path: Path, script: str | None, details: str
) -> None:
    if script is not None:
        (tmp_path / "bad.sql").write_text(script)
    run, _, stderr = run_sql(platform, tmp_path / "bad.sql")
    assert (run["state"], run["failureReason"]) == ("FAILED", "USER_ERROR"), stderr
    assert run["stateDetails"].startswith(details)
