"""The audit log of a real server: who changed what, what was refused, and what no line holds."""

import json
import shlex
import uuid
from collections.abc import Callable
from pathlib import Path

import pytest
from botocore.exceptions import ClientError
from emr_containers.exceptions import ConfigurationError
from emr_containers.http.audit import AuditLog
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import signed
from support.job_runs import job, new_cluster, wait
from support.serving import ACCESS_KEY, SECRET_KEY

CALLER = f"arn:aws:iam::000000000000:user/{ACCESS_KEY}"


def audited(text: str) -> list[dict[str, str]]:
    lines = [line for line in text.splitlines() if "event=audit" in line]
    return [dict(part.split("=", 1) for part in shlex.split(line)) for line in lines]


@pytest.fixture
def changes(start_server: Callable[..., Server], tmp_path: Path) -> Callable[..., tuple[list[dict[str, str]], Server]]:
    """Starts, cancels, tags and deletes, and is refused; gives the audit log's lines of each."""

    def changed(*options: str) -> tuple[list[dict[str, str]], Server]:
        server = start_server(*options)
        emr = server.client()
        cluster, canary = new_cluster(emr), f"canary{uuid.uuid4().hex}"
        run = emr.start_job_run(virtualClusterId=cluster, **job("sleep.sh", "/dev/null", canary))["id"]
        arn = f"arn:aws:emr-containers:us-east-1:000000000000:/virtualclusters/{cluster}/jobruns/{run}"
        emr.tag_resource(resourceArn=arn, tags={"team": canary})
        emr.untag_resource(resourceArn=arn, tagKeys=["team"])
        emr.cancel_job_run(virtualClusterId=cluster, id=run)
        wait(emr, cluster, run)
        emr.describe_job_run(virtualClusterId=cluster, id=run)
        emr.delete_virtual_cluster(id=cluster)
        with pytest.raises(ClientError):
            emr.start_job_run(virtualClusterId=cluster, **job("hello.sh", canary))
        with pytest.raises(ClientError):
            server.client(aws_secret_access_key="wrong").list_virtual_clusters()
        signed(server.endpoint, "POST", "/virtualclusters", json.dumps({"name": f"no name {canary}"}).encode())
        path = tmp_path / "audit.log"
        text = path.read_text() if options else server.log()
        assert canary not in text
        assert SECRET_KEY not in text
        return audited(text), server

    return changed


def check(lines: list[dict[str, str]]) -> None:
    assert [(line["operation"], line["outcome"], line.get("code")) for line in lines] == [
        ("CreateVirtualCluster", "done", None),
        ("StartJobRun", "done", None),
        ("TagResource", "done", None),
        ("UntagResource", "done", None),
        ("CancelJobRun", "done", None),
        ("DeleteVirtualCluster", "done", None),
        ("StartJobRun", "refused", "ValidationException"),
        ("Unknown", "refused", "InvalidSignatureException"),
        ("CreateVirtualCluster", "refused", "ValidationException"),
    ]
    for line in lines:
        assert (line["logger"], line["address"]) == ("audit", "127.0.0.1")
        assert line["request"]
        # A wrong signature is nobody's.
        assert line.get("key") == (
            None if line["code" if "code" in line else "logger"].startswith("Inv") else ACCESS_KEY
        )
        assert line.get("caller") == (CALLER if "key" in line else None)
    assert lines[1]["job_run"] == lines[4]["job_run"]
    assert lines[2]["tag_keys"] == lines[3]["tag_keys"] == "team"
    assert lines[2]["resource"].endswith(f"/jobruns/{lines[1]['job_run']}")


def test_the_audit_log_says_which_key_started_cancelled_tagged_and_deleted_what(
    changes: Callable[..., tuple[list[dict[str, str]], Server]],
) -> None:
    check(changes()[0])


def test_an_audit_log_in_a_file_holds_the_same_is_private_and_may_be_rotated(
    changes: Callable[..., tuple[list[dict[str, str]], Server]], tmp_path: Path
) -> None:
    path = tmp_path / "audit.log"
    lines, server = changes(f"--audit-log={path}")
    check(lines)
    assert path.stat().st_mode & 0o777 == 0o600
    assert not audited(server.log())
    path.rename(tmp_path / "audit.log.1")
    new_cluster(server.client())
    assert [line["operation"] for line in audited(path.read_text())] == ["CreateVirtualCluster"]


def test_an_audit_log_that_cannot_be_written_keeps_the_server_from_starting(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"audit log .* cannot be written to: .*--audit-log"):
        AuditLog(tmp_path / "missing" / "audit.log")
