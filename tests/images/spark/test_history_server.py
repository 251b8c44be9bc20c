"""The image's start of Spark's History Server."""

import os
import subprocess
from pathlib import Path

IMAGE = Path(__file__).parents[3] / "images" / "spark"


def start(spark_home: Path, *arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    spark_class = spark_home / "bin/spark-class"
    spark_class.parent.mkdir(exist_ok=True)
    spark_class.write_text(
        '#!/bin/sh\nprintf "%s\\n" "$@" "$SPARK_HISTORY_OPTS" "$SPARK_DAEMON_CLASSPATH" "$SPARK_CONF_DIR"\n'
    )
    spark_class.chmod(0o755)
    given = {"PATH": os.environ["PATH"], "SPARK_HOME": str(spark_home), **environment}
    return subprocess.run(
        [IMAGE / "bin/history-server", *arguments], env=given, capture_output=True, text=True, check=False
    )


def test_it_reads_the_folder_that_it_is_told(tmp_path: Path) -> None:
    done = start(tmp_path, "s3://longshore/event-logs", SPARK_HISTORY_OPTS="-Dspark.history.ui.port=9")
    assert done.stdout.splitlines() == [
        "org.apache.spark.deploy.history.HistoryServer",
        "--properties-file",
        f"{IMAGE}/conf/history-server.conf",
        "-Dspark.history.fs.logDirectory=s3://longshore/event-logs -Dspark.history.ui.port=9",
        f"{IMAGE}/.jars/*",
        f"{IMAGE}/conf",
    ]


def test_without_a_folder_it_says_how_to_name_one(tmp_path: Path) -> None:
    done = start(tmp_path)
    assert done.returncode == 2
    assert "history-server s3://BUCKET/FOLDER" in done.stderr
