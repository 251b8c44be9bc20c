"""SQL scripts (sparkSqlJobDriver) in real Spark, and what their applicationConfiguration sets there."""

from typing import Any

import pytest
from longshore_cli.embedded.platform import Platform
from support.job_runs import driver_streams, ended, start_driver

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
FAILING = [
    ("SELECT 1;\nSELECT * FROM nowhere;", "[TABLE_OR_VIEW_NOT_FOUND] The table or view 'nowhere' cannot be found."),
    ("SELECT raise_error('it is ' || 'so');", "[USER_RAISED_EXCEPTION] it is so SQLSTATE: P0001"),
    (None, "Could not open input file for reading."),
]
"""Scripts, and how the details of their job runs begin; None is no file."""


@pytest.fixture(scope="module")
def job_runs(platform: Platform, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, str]:
    """The job run of each script, all started at once."""
    folder = tmp_path_factory.mktemp("sql")

    def start(script: str | None, parameters: str = "--name sql", **overrides: Any) -> str:
        path = folder / f"{len(list(folder.iterdir()))}.sql"
        if script is not None:
            path.write_text(script)
        driver = {"entryPoint": path.as_uri(), "sparkSqlParameters": parameters}
        return start_driver(platform, {"sparkSqlJobDriver": driver}, **overrides)

    parameters = "--conf spark.sql.shuffle.partitions=5 -hivevar who='any one'"
    runs: dict[str | None, str] = {SCRIPT: start(SCRIPT, parameters, applicationConfiguration=CONFIGURATION)}
    return runs | {script: start(script) for script, _ in FAILING}


def test_a_script_runs_and_its_rows_are_its_output(platform: Platform, job_runs: dict[str | None, str]) -> None:
    run = ended(platform, job_runs[SCRIPT])
    stdout, stderr = driver_streams(platform, run["id"])
    assert run["state"] == "COMPLETED", stderr
    assert stdout.splitlines() == [
        "1\tone\tany one",
        "2\ttwo; second\tany one",
        "good $morning\t127.0.0.1",  # the release's own variable stays
        "spark.hadoop.fs.mine\tfrom core-site",
        "spark.sql.shuffle.partitions\t5",  # a parameter wins over spark-defaults
    ]
    assert "LINE OF OURS WARN " in stderr


@pytest.mark.parametrize(("script", "details"), FAILING)
def test_a_script_that_fails_is_the_users_error_and_says_why(
    platform: Platform, job_runs: dict[str | None, str], script: str | None, details: str
) -> None:
    run = ended(platform, job_runs[script])
    _, stderr = driver_streams(platform, run["id"])
    assert (run["state"], run["failureReason"]) == ("FAILED", "USER_ERROR"), stderr
    assert run["stateDetails"].startswith(details)
