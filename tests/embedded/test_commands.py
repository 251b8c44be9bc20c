"""`longshore templates` and the `aws` CLI against the running job server."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from longshore_cli.embedded.platform import Platform
from support.longshore_commands import ROOT

from .lake import lake_rows

BIN = Path(sys.executable).parent


def call(platform: Platform, *command: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "AWS_SHARED_CREDENTIALS_FILE": str(platform.layout.credentials),
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ENDPOINT_URL_EMR_CONTAINERS": platform.server.endpoint_url,
    }
    return subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_changed_file_makes_a_new_template_and_an_unchanged_one_nothing(platform: Platform, tmp_path: Path) -> None:
    shutil.copy(ROOT / "job-templates" / "spark-to-spark.yaml", tmp_path / "copy.yaml")
    text = (tmp_path / "copy.yaml").read_text().replace("name: spark-to-spark", "name: copy")
    (tmp_path / "copy.yaml").write_text(text)
    first = call(platform, "longshore", "templates", "apply", str(tmp_path))
    assert first.stdout.split()[:2] == ["created", "copy"], first.stderr
    again = call(platform, "longshore", "templates", "apply", str(tmp_path))
    assert again.stdout.split() == ["unchanged", "copy", first.stdout.split()[2]]
    (tmp_path / "copy.yaml").write_text(
        text.replace(
            'driver_memory: { type: STRING, defaultValue: "1g" }', 'driver_memory: { type: STRING, defaultValue: "2g" }'
        )
    )
    changed = call(platform, "longshore", "templates", "apply", str(tmp_path))
    assert changed.stdout.split()[:2] == ["replaced", "copy"]
    assert changed.stdout.split()[2] != first.stdout.split()[2]
    shown = call(platform, "longshore", "templates", "show", "copy").stdout
    assert changed.stdout.split()[2] in shown
    assert "defaultValue: 2g" in shown
    listed = call(platform, "longshore", "templates", "list").stdout
    assert f"copy  {changed.stdout.split()[2]}" in listed
    assert first.stdout.split()[2] not in listed
    assert "source*" in listed  # a parameter that must be given


def test_a_template_that_the_server_refuses_is_named(platform: Platform, tmp_path: Path) -> None:
    (tmp_path / "bad.yaml").write_text("name: bad\njobTemplateData:\n  releaseLabel: spark-4.1\n")
    done = call(platform, "longshore", "templates", "apply", str(tmp_path))
    assert done.returncode == 2
    assert "bad.yaml" in done.stderr
    assert "executionRoleArn" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "nothing"], "There is no job template 'nothing'. Known templates: "),
        (["list", "--endpoint-url", "http://127.0.0.1:9"], "cannot be listed"),
    ],
)
def test_what_cannot_be_done_is_said_in_a_line(platform: Platform, arguments: list[str], message: str) -> None:
    done = call(platform, "longshore", "templates", *arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_the_aws_cli_lists_the_templates(platform: Platform) -> None:
    done = call(platform, "aws", "emr-containers", "list-job-templates", "--query", "templates[].name")
    assert done.returncode == 0, done.stderr
    for name in ("jdbc-to-spark", "spark-to-jdbc", "spark-to-spark"):
        assert name in done.stdout


def test_what_killed_transfers_have_left_is_removed_and_listed(platform: Platform) -> None:
    left = '"public"."_longshore_airlines_0123456789ab"'
    with platform.postgres.connect("flights") as connection:
        connection.execute(f"SET ROLE flights; CREATE TABLE {left} (id int)")
        on_its_way = 'rows on their way to "public"."airlines", job run 000000000000000dead'
        connection.execute(f"COMMENT ON TABLE {left} IS 'Longshore: {on_its_way}'")
    orphan = platform.layout.lake / "raw" / "airlines" / "data" / "orphan.parquet"
    orphan.touch()
    os.utime(orphan, times=(time.time() - 48 * 3600,) * 2)
    cluster = platform.server.virtual_cluster_id
    command = ["longshore", "transfers", "clean", "--connection", "flights_db", "--lake", "--virtual-cluster", cluster]
    done = call(platform, *command)
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert f"removed  public._longshore_airlines_0123456789ab  ({on_its_way})" in lines
    assert f"removed  file:{orphan}  (lake.raw.airlines)" in lines
    assert not orphan.exists()
    assert lake_rows(platform, "raw.airlines", ["carrier"])
