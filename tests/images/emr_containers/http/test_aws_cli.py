"""The `aws` program of the workspace against the server."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from images.emr_containers.conftest import Server
from support.job_runs import ROLE, job, wait
from support.serving import ACCESS_KEY, SECRET_KEY

AWS = str(Path(sys.executable).parent / "aws")


def aws(server: Server, tmp_path: Path, operation: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path),
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_PAGER": "",
    }
    command = [AWS, "emr-containers", operation, f"--endpoint-url={server.endpoint}", "--output=json", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def answer(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_aws_program_creates_lists_starts_and_describes(
    server: Server, emr: Any, cluster: str, tmp_path: Path
) -> None:
    driver = job("hello.sh", "${who}")["jobDriver"]
    data = {"executionRoleArn": ROLE, "releaseLabel": "shell", "jobDriver": driver}
    data["parameterConfiguration"] = {"who": {"type": "STRING"}}
    request = tmp_path / "template.json"
    request.write_text(json.dumps({"name": "by-aws", "jobTemplateData": data}))
    made = answer(aws(server, tmp_path, "create-job-template", "--cli-input-json", f"file://{request}"))
    listed = answer(aws(server, tmp_path, "list-job-templates"))["templates"]
    assert made["id"] in {template["id"] for template in listed}
    run = answer(
        aws(
            server,
            tmp_path,
            "start-job-run",
            f"--virtual-cluster-id={cluster}",
            f"--job-template-id={made['id']}",
            '--job-template-parameters={"who": "aws"}',
        )
    )
    wait(emr, cluster, run["id"])
    shown = answer(aws(server, tmp_path, "describe-job-run", f"--virtual-cluster-id={cluster}", f"--id={run['id']}"))[
        "jobRun"
    ]
    assert (shown["state"], shown["jobDriver"]["sparkSubmitJobDriver"]["entryPointArguments"]) == ("COMPLETED", ["aws"])


def test_the_aws_program_shows_the_servers_message_and_fails(server: Server, tmp_path: Path) -> None:
    done = aws(server, tmp_path, "describe-job-template", "--id=nothere")
    assert done.returncode == 255
    assert "(ResourceNotFoundException) when calling the DescribeJobTemplate operation" in done.stderr
    assert "Job template 'nothere' does not exist" in done.stderr
