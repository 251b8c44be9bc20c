"""Logs of processes in S3: moto's server stands for it, over HTTP."""

import asyncio
import gzip
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import boto3
import pytest
from emr_containers.exceptions import TermEndedError, ValidationException
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.fence import fence
from emr_containers.runtimes.logs.location import log_location
from emr_containers.runtimes.logs.store import LogStore
from emr_containers.runtimes.logs.upload import LogUpload
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.runtimes.runtime import JobAttempt, Outcome, StartedAttempt
from emr_containers.settings import Release
from emr_containers.store.terms import Term
from images.emr_containers.conftest import Server
from images.emr_containers.raw_http import signed
from moto.server import ThreadedMotoServer
from support.job_runs import job as request
from support.job_runs import new_cluster, wait
from support.waiting import until, until_async

FOLDER = "logs/vc/jobs/logged/containers/spark-logged/spark-logged-driver"
KEY_ARN = "arn:aws:kms:us-east-1:123456789012:key/12345678-1234-1234-1234-123456789012"
SCRIPTS = {
    "say.sh": 'echo "$@"; echo "to stderr" >&2; exit "${STATUS:-0}"',
    "wait.sh": 'echo first; while [ ! -e "$1" ]; do sleep 0.05; done; echo last',
    "fail.sh": 'echo "$@"; exit 1',
    "count.sh": 'seq -f "out %g" 1000; while [ ! -e "$1" ]; do sleep 0.05; done',
}


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(moto: str, monkeypatch: pytest.MonkeyPatch) -> Any:
    """An empty bucket that the server finds by its environment, as it would find AWS's."""
    surroundings(monkeypatch, moto)
    there = boto3.resource("s3").Bucket("logs")
    there.create()
    yield there
    there.objects.delete()
    there.delete()


def surroundings(monkeypatch: pytest.MonkeyPatch, endpoint: str) -> None:
    values = {"ACCESS_KEY_ID": "a", "SECRET_ACCESS_KEY": "b", "DEFAULT_REGION": "us-east-1", "CONFIG_FILE": "/dev/null"}
    for name, value in (values | {"ENDPOINT_URL_S3": endpoint}).items():
        monkeypatch.setenv(f"AWS_{name}", value)


def stored(bucket: Any) -> dict[str, str]:
    """The text of each object, by its name."""
    return {
        entry.key.rpartition("/")[2]: gzip.decompress(entry.get()["Body"].read()).decode()
        for entry in bucket.objects.all()
    }


@pytest.fixture
def runtime(tmp_path: Path) -> ProcessRuntime:
    return runtime_in(tmp_path)


def runtime_in(folder: Path, **seams: Any) -> ProcessRuntime:
    for name, text in SCRIPTS.items():
        (folder / name).write_text(text + "\n")
    release = Release(label="shell", kind="container", command=("/bin/sh",), application_directory=folder)
    return ProcessRuntime(state_directory=folder, default_logs=folder / "logs", releases={"shell": release}, **seams)


def job(script: str, *arguments: str, uri: str = "s3://logs/logs", attempts: int = 1, **monitoring: Any) -> JobAttempt:
    driver = {"entryPoint": f"local:///opt/longshore/{script}", "entryPointArguments": list(arguments)}
    spec = JobSpec(
        releaseLabel="shell",
        jobDriver={"sparkSubmitJobDriver": driver},
        configurationOverrides={"monitoringConfiguration": {"s3MonitoringConfiguration": {"logUri": uri}} | monitoring},
        retryPolicyConfiguration={"maxAttempts": attempts},
    )
    return JobAttempt(id="logged", virtual_cluster_id="vc", attempt=1, spec=spec)


async def begun(runtime: ProcessRuntime, of: JobAttempt) -> StartedAttempt:
    attempt = await runtime.start(of)
    assert not isinstance(attempt, Outcome), attempt
    return attempt


async def end(runtime: ProcessRuntime, of: JobAttempt) -> Outcome:
    started = await runtime.start(of)
    return started if isinstance(started, Outcome) else await asyncio.wait_for(started.wait(), 60)


def shown(runtime: ProcessRuntime, of: JobAttempt) -> str:
    with runtime.open_log(of, "stdout").file as file:
        return file.read().decode()


def test_a_log_lies_in_s3_as_aws_leaves_it_and_no_more_here(
    runtime: ProcessRuntime, bucket: Any, tmp_path: Path
) -> None:
    of = job("say.sh", "LONGSHORE_RESULT {}")
    assert asyncio.run(end(runtime, of)).succeeded
    assert sorted(entry.key for entry in bucket.objects.all()) == [f"{FOLDER}/stderr.gz", f"{FOLDER}/stdout.gz"]
    assert stored(bucket) == {"stdout.gz": "LONGSHORE_RESULT {}\n", "stderr.gz": "to stderr\n"}
    assert list((tmp_path / "logs").rglob("*")) == [tmp_path / "logs" / "vc", tmp_path / "logs" / "vc" / "jobs"]
    assert shown(runtime, of) == "LONGSHORE_RESULT {}\n"


def test_a_server_whose_term_is_over_does_not_put_its_log_over_the_next_ones(bucket: Any, tmp_path: Path) -> None:
    for stream in ("stdout", "stderr"):
        (tmp_path / stream).write_text("older")
    location = log_location("logged", virtual_cluster="vc", spec=job("say.sh").spec, default=None)
    assert location is not None

    async def late() -> None:
        term = Term(generation=1)
        fence(term.check)
        upload = LogUpload(store=LogStore(), folder=tmp_path, location=location)
        term.end()
        with pytest.raises(TermEndedError):
            await upload.finish()

    asyncio.run(late())
    assert stored(bucket) == {}


def test_a_log_grows_in_s3_while_the_job_runs(runtime: ProcessRuntime, bucket: Any, tmp_path: Path) -> None:
    async def watch() -> Outcome:
        waiting = asyncio.create_task(end(runtime, job("wait.sh", str(tmp_path / "go"))))
        await until_async("the log is stored", lambda: stored(bucket).get("stdout.gz") == "first\n")
        (tmp_path / "go").touch()
        return await waiting

    assert asyncio.run(watch()).succeeded
    assert stored(bucket)["stdout.gz"] == "first\nlast\n"


def test_the_next_server_sends_what_a_killed_one_did_not(
    start_server: Callable[..., Server], bucket: Any, tmp_path: Path
) -> None:
    (tmp_path / "application" / "wait.sh").write_text(SCRIPTS["wait.sh"])
    server = start_server()
    emr = server.client()
    cluster = new_cluster(emr)
    monitoring = {"s3MonitoringConfiguration": {"logUri": "s3://logs/"}}
    run = emr.start_job_run(
        virtualClusterId=cluster,
        **request("wait.sh", str(tmp_path / "go"), configurationOverrides={"monitoringConfiguration": monitoring}),
    )["id"]
    wait(emr, cluster, run, "RUNNING")
    server.stop(signal.SIGKILL)
    (tmp_path / "go").touch()
    (attempt,) = (tmp_path / "state" / "attempts" / run).iterdir()
    until("the job has ended", (attempt / "exit").exists)
    assert "last" not in stored(bucket).get("stdout.gz", "")
    server.start()
    assert wait(server.client(), cluster, run)["state"] == "COMPLETED"
    assert stored(bucket)["stdout.gz"] == "first\nlast\n"
    page = signed(server.endpoint, "GET", f"/virtualclusters/{cluster}/jobruns/{run}/logs")
    assert page.body == b"=== stdout ===\nfirst\nlast\n=== stderr ===\n"


def test_attempts_of_a_run_are_one_log(runtime: ProcessRuntime, bucket: Any) -> None:
    first = job("fail.sh", "one", attempts=2)
    assert not asyncio.run(end(runtime, first)).succeeded
    assert stored(bucket)["stdout.gz"] == "one\n"
    again = replace(first, attempt=2)
    assert not asyncio.run(end(runtime, again)).succeeded
    assert stored(bucket)["stdout.gz"] == "one\none\n"
    assert shown(runtime, again) == "one\none\n"


def test_the_files_that_are_kept_are_those_in_s3(runtime: ProcessRuntime, bucket: Any, tmp_path: Path) -> None:
    rotation = {"rotationSize": "2KB", "maxFilesToKeep": 3}
    of = job("count.sh", str(tmp_path / "go"), containerLogRotationConfiguration=rotation)
    old = f"{FOLDER}/stdout_20200101_0.gz"  # of a server before, that was killed
    bucket.put_object(Key=old, Body=gzip.compress(b"old\n"))
    bucket.put_object(Key=f"{FOLDER}/other", Body=b"")

    async def watch() -> None:
        waiting = asyncio.create_task(end(runtime, of))
        await until_async("the log is shown", lambda: "out 1000\n" in shown(runtime, of))
        (tmp_path / "go").touch()
        assert (await waiting).succeeded

    asyncio.run(watch())
    names = sorted(entry.key.rpartition("/")[2] for entry in bucket.objects.all())
    assert names[:3] == ["other", "stderr.gz", "stdout.gz"]
    assert [name.rpartition("_")[2] for name in names[3:]] == ["1.gz", "2.gz"]
    lines = shown(runtime, of).splitlines()
    assert lines == [f"out {number}" for number in range(1001 - len(lines), 1001)]
    assert len(lines) > 400


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("s3://nowhere/logs", "The log cannot be written to 's3://nowhere': An error occurred (NoSuchBucket)"),
        ("s3://No_Bucket/logs", "The log cannot be written to 's3://No_Bucket': "),
    ],
)
def test_a_place_that_cannot_be_written_fails_the_run_before_it_starts(
    runtime: ProcessRuntime, bucket: Any, tmp_path: Path, uri: str, words: str
) -> None:
    outcome = asyncio.run(end(runtime, job("say.sh", uri=uri)))
    assert (outcome.reason, outcome.retryable) == ("VALIDATION_ERROR", False)
    assert outcome.details.startswith(words)
    assert not (tmp_path / "attempts").exists()


def test_without_credentials_the_run_fails_with_that_reason(
    runtime: ProcessRuntime, bucket: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AWS_ACCESS_KEY_ID")
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    outcome = asyncio.run(end(runtime, job("say.sh")))
    assert outcome.details == "The log cannot be written to 's3://logs': Unable to locate credentials"
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "a")  # for the bucket's end


def test_an_endpoint_that_is_none_fails_the_run_with_that_reason(
    runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch
) -> None:
    surroundings(monkeypatch, "nonsense")
    outcome = asyncio.run(end(runtime, job("say.sh")))
    assert (outcome.reason, outcome.details) == (
        "VALIDATION_ERROR",
        "The log cannot be written to 's3://logs': Invalid endpoint: nonsense",
    )


def test_a_run_starts_and_ends_where_s3_is_away_and_its_log_stays_here(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    surroundings(monkeypatch, "http://127.0.0.1:9")  # no server listens there
    runtime = runtime_in(tmp_path, log_timeout=1.0)
    of = job("say.sh", "here")
    assert asyncio.run(end(runtime, of)) == Outcome(succeeded=True, details="")
    assert shown(runtime, of) == "here\n"
    said = capsys.readouterr().out
    assert "the job run starts anyway" in said
    assert "a log was not stored; it stays in the state directory" in said
    assert str(tmp_path / "logs" / "vc") in said


def test_a_run_waits_for_s3_to_come_back(
    runtime: ProcessRuntime, bucket: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    other = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)  # moto's servers have the same buckets
    other.start()
    _, port = other.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", f"http://127.0.0.1:{port}")

    async def back() -> Outcome:
        attempt = await begun(runtime, job("wait.sh", str(tmp_path / "go")))
        waiting = asyncio.create_task(attempt.wait())
        await until_async("the log is stored", lambda: "first" in stored(bucket).get("stdout.gz", ""))
        await asyncio.to_thread(other.stop)
        (tmp_path / "go").touch()
        await until_async("the job has ended", (tmp_path / "attempts" / "logged" / "1" / "exit").exists)
        await asyncio.sleep(1)
        assert not waiting.done()
        again = ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False)
        again.start()
        try:
            return await asyncio.wait_for(waiting, 60)
        finally:
            await asyncio.to_thread(again.stop)

    assert asyncio.run(back()).succeeded
    assert stored(bucket)["stdout.gz"] == "first\nlast\n"


def test_a_log_that_s3_refuses_at_the_end_is_not_the_jobs_failure(runtime: ProcessRuntime, bucket: Any) -> None:
    of = job("say.sh", "here")

    async def lose() -> Outcome:
        attempt = await begun(runtime, of)
        bucket.objects.delete()
        bucket.delete()
        return await asyncio.wait_for(attempt.wait(), 30)

    assert asyncio.run(lose()).succeeded
    assert shown(runtime, of) == "here\n"
    bucket.create()


def test_a_run_that_is_stopped_has_its_log_in_s3(runtime: ProcessRuntime, bucket: Any, tmp_path: Path) -> None:
    async def stop() -> Outcome:
        attempt = await begun(runtime, job("wait.sh", str(tmp_path / "never")))
        waiting = asyncio.create_task(attempt.wait())
        await until_async("the log is stored", lambda: "first" in stored(bucket).get("stdout.gz", ""))
        await attempt.stop()
        return await asyncio.wait_for(waiting, 30)

    assert asyncio.run(stop()).details == "The driver was told to end."
    assert stored(bucket)["stdout.gz"] == "first\n"


def test_s3_encrypts_the_log_with_the_jobs_key(runtime: ProcessRuntime, bucket: Any) -> None:
    place = {"logUri": "s3://logs/logs", "encryptionKeyArn": KEY_ARN}
    assert asyncio.run(end(runtime, job("say.sh", s3MonitoringConfiguration=place))).succeeded
    heads = [bucket.meta.client.head_object(Bucket="logs", Key=entry.key) for entry in bucket.objects.all()]
    assert [head["SSEKMSKeyId"] for head in heads] == [KEY_ARN] * 2


def test_an_s3_uri_needs_boto3(runtime: ProcessRuntime, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(ValidationException, match=r"install longshore-emr-containers\[kubernetes\] there"):
        runtime.check(job("say.sh").spec)
    runtime.check(job("say.sh", uri="file:///logs").spec)


def test_a_server_whose_jobs_log_to_files_does_not_load_boto3() -> None:
    code = "import sys, emr_containers.server; sys.exit('boto3' in sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_what_goes_to_cloudwatch_at_aws_is_said_and_the_job_runs(
    runtime: ProcessRuntime, bucket: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    group = {"logGroupName": "/emr-containers/jobs"}
    assert asyncio.run(end(runtime, job("say.sh", cloudWatchMonitoringConfiguration=group))).succeeded
    assert "the log group '/emr-containers/jobs' gets nothing" in capsys.readouterr().out
