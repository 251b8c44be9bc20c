"""The `aws` program, unmodified."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from conformance.targets import Target

AWS = str(Path(sys.executable).with_name("aws"))
TARGETS = ("ours", "aws")


def aws(target: Target, operation: str, *arguments: str) -> "subprocess.CompletedProcess[str]":
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ["HOME"], "AWS_PAGER": "", **target.environment}
    # The endpoint is an option here, as in every user's first command.
    endpoint = environment.pop("AWS_ENDPOINT_URL", None)
    command = [AWS, "emr-containers", operation, *([f"--endpoint-url={endpoint}"] if endpoint else []), *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60)


def answer(done: "subprocess.CompletedProcess[str]") -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_aws_program_starts_a_run_from_a_file_and_finds_it(
    target: Target, emr: Any, cluster: str, tmp_path: Path
) -> None:
    job = target.job(tags={"by": "aws"})
    request = tmp_path / "run.json"
    request.write_text(json.dumps({"virtualClusterId": cluster, **job}))
    started = answer(aws(target, "start-job-run", "--cli-input-json", f"file://{request}"))
    target.wait(emr, cluster, started["id"])
    asked = [f"--virtual-cluster-id={cluster}", f"--name={job['name']}", "--states", "COMPLETED", "RUNNING"]
    found = answer(aws(target, "list-job-runs", *asked, "--query", "jobRuns[].[id, state, tags.by]"))
    assert found == [[started["id"], "COMPLETED", "aws"]]


def test_the_aws_program_walks_through_pages(target: Target, emr: Any, cluster: str) -> None:
    name = target.job()["name"]
    runs = [emr.start_job_run(virtualClusterId=cluster, **target.job(name=name))["id"] for _ in range(3)]
    asked = [f"--virtual-cluster-id={cluster}", f"--name={name}", "--page-size=1", "--max-items=2"]
    first = answer(aws(target, "list-job-runs", *asked))
    rest = answer(aws(target, "list-job-runs", *asked, f"--starting-token={first['NextToken']}"))
    found = [run["id"] for page in (first, rest) for run in page["jobRuns"]]
    assert [len(page["jobRuns"]) for page in (first, rest)] == [2, 1]
    assert sorted(found) == sorted(runs)


def test_the_aws_program_tags_and_untags_an_arn(target: Target, emr: Any, cluster: str) -> None:
    arn = emr.describe_virtual_cluster(id=cluster)["virtualCluster"]["arn"]
    assert aws(target, "tag-resource", f"--resource-arn={arn}", "--tags=conformance=aws").returncode == 0
    assert emr.list_tags_for_resource(resourceArn=arn)["tags"]["conformance"] == "aws"
    assert aws(target, "untag-resource", f"--resource-arn={arn}", "--tag-keys=conformance").returncode == 0
    assert "conformance" not in emr.list_tags_for_resource(resourceArn=arn)["tags"]


def test_the_aws_program_shows_an_error_and_fails(target: Target, cluster: str) -> None:
    done = aws(target, "describe-job-run", f"--virtual-cluster-id={cluster}", "--id=0000000000000000000")
    assert done.returncode == 254 or done.returncode == 255
    assert "(ResourceNotFoundException) when calling the DescribeJobRun operation" in done.stderr
