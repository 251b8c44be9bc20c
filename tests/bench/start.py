"""`make bench-start`: how long Spark takes to start on this machine. The last line is one JSON object.

One run on one machine, turn by turn: an empty Spark application with the archive of Spark's classes and without it, and
a transfer of 16 rows through the embedded platform, whose rows are compared in the lake.
"""

# ruff: noqa: T201  a benchmark prints
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

from embedded.lake import lake_rows, source_rows
from longshore_cli.embedded.platform import Platform, embedded_platform

ROOT = Path(__file__).parents[2]
SPARK_SUBMIT = ROOT / "images/spark/bin/spark-submit"
ARCHIVE = ROOT / "images/spark/.jars/spark.jsa"
TURNS = 5
_EMPTY = "from pyspark.sql import SparkSession\n\nSparkSession.builder.getOrCreate().stop()\n"
_COLUMNS = ["carrier", "name"]


def say(text: str) -> None:
    """A line of progress."""
    print(text, flush=True)


def empty_spark_submit(directory: Path, *, archive: bool) -> float:
    """Seconds of an application that opens a session and ends."""
    (directory / "empty.py").write_text(_EMPTY)
    conf = ("spark.ui.enabled=false", f"spark.eventLog.dir={directory.as_uri()}", "spark.eventLog.enabled=true")
    options = [word for each in conf for word in ("--conf", each)]
    environment = os.environ | {"SPARK_LOCAL_IP": "127.0.0.1"}
    if not archive:
        environment["JDK_JAVA_OPTIONS"] = "-Xshare:off"
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    subprocess.run(
        [SPARK_SUBMIT, "--master", "local[2]", *options, directory / "empty.py"],
        env=environment,
        capture_output=True,
        check=True,
    )
    seconds, after = time.monotonic() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    say(f"empty spark-submit with{'' if archive else 'out'} the archive: {seconds:.2f} s, {cpu:.1f} s of CPU time")
    return seconds


def transfer_16_rows(platform: Platform, target: str) -> float:
    """Seconds from StartJobRun to COMPLETED; the rows are then those of the database."""
    emr, cluster = platform.server.client(), platform.server.virtual_cluster_id
    templates = {each["name"]: each["id"] for each in emr.list_job_templates()["templates"]}
    parameters = {"connection_id": "flights_db", "source": "airlines", "target": f"lake.raw.{target}"}
    began = time.monotonic()
    started = emr.start_job_run(  # type: ignore[call-arg]  # boto3 makes the token
        virtualClusterId=cluster, jobTemplateId=templates["jdbc-to-spark"], jobTemplateParameters=parameters
    )
    while True:
        run = emr.describe_job_run(virtualClusterId=cluster, id=started["id"])["jobRun"]
        if run["state"] in ("COMPLETED", "FAILED", "CANCELLED"):
            break
        time.sleep(0.05)
    seconds = time.monotonic() - began
    if run["state"] != "COMPLETED":
        raise RuntimeError(f"The transfer is {run['state']}: {run.get('stateDetails')}")
    rows = lake_rows(platform, f"raw.{target}", _COLUMNS)
    if len(rows) != 16 or sorted(rows) != sorted(source_rows(platform, "airlines", _COLUMNS)):
        raise RuntimeError(f"The lake has other rows than the database: {rows}")
    say(f"transfer of 16 rows: {seconds:.2f} s")
    return seconds


def main() -> None:
    if not ARCHIVE.exists():
        raise SystemExit("There is no archive of Spark's classes; run 'make init' and look at what it says of it.")
    with_archive, without, transfer = [], [], []
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "checkout"
        root.mkdir()
        for name in ("dags", "images", "job-templates"):
            (root / name).symlink_to(ROOT / name)
        with embedded_platform(root, say) as platform:
            say("once before, not counted:")
            empty_spark_submit(Path(folder), archive=True)
            transfer_16_rows(platform, "airlines")  # makes the catalog's tables
            for turn in range(TURNS):
                without.append(empty_spark_submit(Path(folder), archive=False))
                with_archive.append(empty_spark_submit(Path(folder), archive=True))
                transfer.append(transfer_16_rows(platform, f"airlines_{turn}"))
    print(
        json.dumps(
            {
                "empty_spark_submit_s": round(median(with_archive), 2),
                "empty_spark_submit_without_archive_s": round(median(without), 2),
                "transfer_16_rows_s": round(median(transfer), 2),
                "transfer_ratio": round(median(transfer) / median(with_archive), 2),
            }
        )
    )


if __name__ == "__main__":
    main()
