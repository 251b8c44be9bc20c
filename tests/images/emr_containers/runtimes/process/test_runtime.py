"""Attempts as real processes, without a server around them."""

import asyncio
import os
import signal
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import psutil
import pytest
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.fence import fence
from emr_containers.runtimes.process.attempt import ProcessAttempt
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.runtimes.runtime import JobAttempt, Outcome
from emr_containers.settings import Release
from emr_containers.store.terms import boot_clock
from images.emr_containers.conftest import SCRIPTS
from process_table import gone, group_of
from support.waiting import until_async

SPARK = r"""
echo "$GREETING $NAME $*"; grep logger.a "$LOG4J_CONFIGURATION_FILE"
echo "[SOME_ERROR] The table \`x\` is missing. SQLSTATE: 42P01; line 1 pos 14;
'Project [*]" >&2
exit 1
"""


@pytest.fixture
def runtime(tmp_path: Path) -> ProcessRuntime:
    return runtime_in(tmp_path)


def runtime_in(tmp_path: Path, **seams: Any) -> ProcessRuntime:
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text + "\n")
    releases = {
        "shell": Release(label="shell", kind="container", command=("/bin/sh",), application_directory=tmp_path),
        # In the place of spark-submit: a script that is given its words.
        "spark": Release(
            label="spark",
            kind="spark",
            command=("/bin/sh", "-c", SPARK, "spark-submit"),
            application_directory=tmp_path,
            environment={"GREETING": "the release's"},
        ),
        "gone": Release(label="gone", kind="container", command=("/not/here",), application_directory=tmp_path),
    }
    return ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path / "logs", releases=releases, **seams)


def job(script: str, *arguments: str, release: str = "shell", log_uri: str = "") -> JobAttempt:
    driver = {"sparkSubmitJobDriver": {"entryPoint": f"local:///opt/longshore/{script}"}}
    driver["sparkSubmitJobDriver"]["entryPointArguments"] = list(arguments)  # type: ignore[assignment]
    monitoring = {"s3MonitoringConfiguration": {"logUri": log_uri}} if log_uri else {}
    spec = JobSpec(
        releaseLabel=release, jobDriver=driver, configurationOverrides={"monitoringConfiguration": monitoring}
    )
    return JobAttempt(id="run", virtual_cluster_id="vc", attempt=1, spec=spec)


async def end(runtime: ProcessRuntime, of: JobAttempt) -> Outcome:
    started = await runtime.start(of)
    return started if isinstance(started, Outcome) else await asyncio.wait_for(started.wait(), 20)


def folder(tmp_path: Path) -> Path:
    return tmp_path / "attempts" / "run" / "1"


@pytest.mark.parametrize(
    ("of", "message"),
    [
        (job("hello.sh", release="old"), "The release 'old' is no longer offered by this server."),
        (job("hello.sh", release="gone"), "program '/not/here' of the release 'gone' is not installed"),
        (job("none.sh"), "release 'shell' has no entry point 'local:///opt/longshore/none.sh'"),
        (job(""), "release 'shell' has no entry point"),
        (job("hello.sh", log_uri="gs://bucket/logs"), "use a file:///"),
        (
            job("hello.sh", log_uri="file:///dev/null/logs"),
            "The log location '/dev/null/logs.*' cannot be written: Not",
        ),
    ],
)
def test_what_cannot_be_started_is_refused_by_name(runtime: ProcessRuntime, of: JobAttempt, message: str) -> None:
    outcome = asyncio.run(end(runtime, of))
    assert (outcome.reason, outcome.retryable) == ("VALIDATION_ERROR", False)
    with pytest.raises(AssertionError, match=message):
        raise AssertionError(outcome.details)


def test_logs_that_cannot_be_written_are_named(runtime: ProcessRuntime) -> None:
    of = job("hello.sh")
    runtime.log_file(of, "stdout").mkdir(parents=True)  # nor can root write to a folder
    outcome = asyncio.run(end(runtime, of))
    assert outcome.details.startswith(f"The log location '{runtime.log_file(of, 'stdout')}' cannot be written")


def test_a_command_that_is_too_long_for_the_system_fails_with_its_reason(runtime: ProcessRuntime) -> None:
    outcome = asyncio.run(end(runtime, job("hello.sh", "x" * 200_000)))
    assert (outcome.reason, outcome.details) == (
        "INTERNAL_ERROR",
        "The attempt cannot be started: Argument list too long.",
    )


def configured(driver: dict[str, Any], *configurations: dict[str, Any]) -> JobAttempt:
    spec = JobSpec(
        releaseLabel="spark",
        jobDriver=driver,
        configurationOverrides={"applicationConfiguration": list(configurations)},
    )
    return JobAttempt(id="run", virtual_cluster_id="vc", attempt=1, spec=spec)


def test_a_jobs_configuration_reaches_its_process(runtime: ProcessRuntime) -> None:
    of = configured(
        {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/hello.sh"}},
        {"classification": "spark-log4j2", "properties": {"logger.a.name": "b"}},
        {
            "classification": "spark-env",
            "configurations": [{"classification": "export", "properties": {"NAME": "n", "GREETING": "mine"}}],
        },
        {"classification": "core-site", "properties": {"fs.x": "y"}},
    )
    outcome = asyncio.run(end(runtime, of))
    assert outcome.details.startswith("The driver exited with status 1")  # only a SQL script's stderr says why
    words, logger = runtime.log_file(of, "stdout").read_text().splitlines()
    assert words.startswith("the release's n --conf spark.hadoop.fs.x=y ")
    assert logger == "logger.a.name=b"


def test_a_job_in_an_environments_namespace_is_told_so(runtime: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "where.sh").write_text('echo "in ${LONGSHORE_ENVIRONMENT-none}"\n')
    for namespace, said in (("env-mine", "in mine"), ("default", "in none")):
        of = replace(job("where.sh"), id=f"run-{namespace}", namespace=namespace)
        assert asyncio.run(end(runtime, of)).succeeded
        assert runtime.log_file(of, "stdout").read_text() == f"{said}\n"


def test_a_job_is_told_the_id_of_its_run(runtime: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "which.sh").write_text('echo "$LONGSHORE_JOB_RUN"\n')
    of = job("which.sh")
    assert asyncio.run(end(runtime, of)).succeeded
    assert runtime.log_file(of, "stdout").read_text() == f"{of.id}\n"


def test_a_sql_script_that_fails_says_why(runtime: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "report.sql").touch()
    of = configured({"sparkSqlJobDriver": {"entryPoint": "local:///opt/longshore/report.sql"}})
    outcome = asyncio.run(end(runtime, of))
    assert outcome.reason == "USER_ERROR"
    assert outcome.details == "[SOME_ERROR] The table 'x' is missing. SQLSTATE: 42P01; line 1 pos 14"
    missing = configured({"sparkSqlJobDriver": {"entryPoint": "local:///opt/longshore/none.sql"}})
    outcome = asyncio.run(end(runtime, replace(missing, attempt=2)))
    assert (outcome.reason, outcome.details) == (
        "VALIDATION_ERROR",
        "The release 'spark' has no entry point 'local:///opt/longshore/none.sql'.",
    )


def test_a_message_that_is_no_text_is_still_shown(runtime: ProcessRuntime) -> None:
    assert asyncio.run(end(runtime, job("bytes.sh"))).details == "� not text"


def test_an_attempt_that_is_started_twice_runs_once(runtime: ProcessRuntime, tmp_path: Path) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    of = job("wait_for.sh", str(out), str(go))

    async def race() -> list[Outcome]:
        started = await asyncio.gather(*(runtime.start(of) for _ in range(8)))
        attempts = [attempt for attempt in started if isinstance(attempt, ProcessAttempt)]
        waiting = [asyncio.create_task(attempt.wait()) for attempt in attempts]
        await until_async("the job has begun", out.exists)
        go.touch()
        return list(await asyncio.gather(*waiting))

    assert asyncio.run(race()) == [Outcome(succeeded=True, details="")] * 8
    assert out.read_text() == "started\ndone\n"
    assert sorted(path.name for path in folder(tmp_path).iterdir()) == ["exit", "pid", "work"]


def test_what_a_job_leaves_behind_ends_with_it(runtime: ProcessRuntime, tmp_path: Path) -> None:
    async def leave() -> None:
        assert (await end(runtime, job("leave_behind.sh", str(tmp_path / "child")))).succeeded
        child = int((tmp_path / "child").read_text())
        await until_async("the child has ended", lambda: gone(child))

    asyncio.run(leave())


def test_an_attempt_is_stopped_even_before_it_has_said_its_process_id(runtime: ProcessRuntime, tmp_path: Path) -> None:
    async def stop() -> Outcome:
        attempt = await runtime.start(job("sleep.sh", str(tmp_path / "out")))
        assert isinstance(attempt, ProcessAttempt)
        await attempt.stop()
        return await attempt.wait()

    assert not asyncio.run(stop()).succeeded


def test_an_attempt_whose_launcher_the_signal_ended_is_not_waited_for(tmp_path: Path) -> None:
    def without_trap(command: list[str], **options: Any) -> "subprocess.Popen[bytes]":
        shell, option, _, *words = command
        return subprocess.Popen(
            [shell, option, "echo $$ > pid.new && mv pid.new pid; exec sleep 60", *words], **options
        )

    runtime = runtime_in(tmp_path, popen=without_trap, grace=1e9)

    async def stop() -> Outcome:
        attempt = await runtime.start(job("hello.sh"))
        assert isinstance(attempt, ProcessAttempt)
        await until_async("the launcher has said its ID", (folder(tmp_path) / "pid").exists)
        await attempt.stop()
        return await attempt.wait()

    assert asyncio.run(stop()).details == "The driver was told to end."


def test_each_job_run_has_a_folder_of_its_own_for_event_logs(tmp_path: Path) -> None:
    events = tmp_path / "event logs"
    spark = Release(
        label="spark",
        kind="spark",
        command=("/bin/echo",),
        application_directory=tmp_path,
        spark_defaults={"spark.eventLog.dir": events.as_uri()},
    )
    runtime = ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path / "logs", releases={"spark": spark})
    (tmp_path / "etl.py").touch()
    of = job("etl.py", release="spark")
    assert asyncio.run(end(runtime, of)).succeeded
    assert (events / "run").is_dir()
    assert f"--conf spark.eventLog.dir={(events / 'run').as_uri()}" in runtime.log_file(of, "stdout").read_text()


def test_a_job_whose_launcher_is_killed_does_not_go_on_alone(runtime: ProcessRuntime, tmp_path: Path) -> None:
    async def kill() -> Outcome:
        attempt = await runtime.start(job("sleep.sh", str(tmp_path / "out")))
        assert isinstance(attempt, ProcessAttempt)
        await until_async("the job has begun", (tmp_path / "out").exists)
        launcher = int((folder(tmp_path) / "pid").read_text())
        members = [pid for pid in psutil.pids() if pid != launcher and group_of(pid) == launcher]
        os.kill(launcher, signal.SIGKILL)
        outcome = await attempt.wait()
        await until_async("the job has ended", lambda: all(gone(pid) for pid in members))
        return outcome

    outcome = asyncio.run(kill())
    assert outcome.reason == "INTERNAL_ERROR"
    assert "killed together with its launcher" in outcome.details
    assert outcome.retryable


def test_a_driver_that_was_killed_and_whose_end_is_known_is_retried(runtime: ProcessRuntime) -> None:
    outcome = asyncio.run(end(runtime, job("kill_itself.sh")))
    assert outcome.details.startswith("The driver was killed by SIGKILL.")
    assert outcome.retryable


@pytest.mark.parametrize("rotated", [False, True])
def test_a_jobs_end_is_found_where_its_state_directory_was_moved(tmp_path: Path, *, rotated: bool) -> None:
    (tmp_path / "old").mkdir()
    of = job("wait_for.sh", str(tmp_path / "begun"), str(tmp_path / "go"))
    if rotated:
        monitoring = of.spec["configurationOverrides"]["monitoringConfiguration"]
        monitoring["containerLogRotationConfiguration"] = {"rotationSize": "2KB", "maxFilesToKeep": 2}

    async def move() -> Outcome:
        attempt = await runtime_in(tmp_path / "old").start(of)
        assert isinstance(attempt, ProcessAttempt)
        await until_async("the job has begun", (tmp_path / "begun").exists)
        (tmp_path / "old").rename(tmp_path / "new")
        (tmp_path / "go").touch()
        found = await runtime_in(tmp_path / "new").find(of)
        assert isinstance(found, ProcessAttempt)
        outcome = await asyncio.wait_for(found.wait(), 20)
        await until_async("the launcher has ended", lambda: attempt.reap() is not None)
        return outcome

    assert asyncio.run(move()).succeeded
    assert (tmp_path / "begun").read_text() == "started\ndone\n"


def test_an_attempt_that_was_never_begun_cannot_begin_once_that_was_said(runtime: ProcessRuntime) -> None:
    of = job("hello.sh")

    async def late() -> Outcome:
        assert await runtime.find(of) is None
        return await end(runtime, of)  # the launcher of a server before, say, that was slow

    assert not asyncio.run(late()).succeeded
    assert not runtime.log_file(of, "stdout").exists() or runtime.log_file(of, "stdout").read_text() == ""


def test_case_3_a_launcher_that_comes_after_the_lease_begins_nothing_and_a_later_one_may(tmp_path: Path) -> None:
    # The server is paused after its own check: its lease is over when the launcher begins.
    of, ends = job("hello.sh"), [boot_clock(), boot_clock() + 3600]
    runtime = runtime_in(tmp_path)

    async def led() -> Outcome:
        fence(lambda: None, lambda: ends[0])
        return await end(runtime, of)

    with pytest.raises(RuntimeError, match="came after its lease"):
        asyncio.run(led())
    assert list(folder(tmp_path).glob("pid*")) == []
    ends.pop(0)
    assert asyncio.run(led()).succeeded
    assert runtime.log_file(of, "stdout").read_text() == "hello \n"


def test_a_job_cannot_reach_the_files_of_its_attempt_by_chance(runtime: ProcessRuntime, tmp_path: Path) -> None:
    outcome = asyncio.run(end(runtime, job("tamper.sh", str(tmp_path / "ran"))))
    assert outcome.details.startswith("The driver exited with status 3")
    assert (tmp_path / "ran").read_text() == "x\n"


def test_a_status_above_128_that_is_no_signal_is_a_status(runtime: ProcessRuntime) -> None:
    outcome = asyncio.run(end(runtime, job("exit_255.sh")))
    assert (outcome.reason, outcome.details[:35]) == ("USER_ERROR", "The driver exited with status 255 a")


@pytest.mark.parametrize("how", ["end", "stop"])
def test_what_has_left_the_jobs_process_group_ends_with_it(runtime: ProcessRuntime, tmp_path: Path, how: str) -> None:
    async def escape() -> None:
        attempt = await runtime.start(job("escape.sh", str(tmp_path / "child"), how))
        assert isinstance(attempt, ProcessAttempt)
        waiting = asyncio.create_task(attempt.wait())
        pid = tmp_path / "child"
        await until_async("the child has said its ID", lambda: pid.exists() and pid.read_text().strip())
        if how == "stop":
            await attempt.stop()
        await asyncio.wait_for(waiting, 20)
        child = int(pid.read_text())
        await until_async("the child has ended", lambda: gone(child))

    asyncio.run(escape())


def test_a_status_that_cannot_be_written_is_written_later(runtime: ProcessRuntime, tmp_path: Path) -> None:
    in_the_way = folder(tmp_path) / "exit.new"  # as a full disk would be
    in_the_way.mkdir(parents=True)

    async def run() -> Outcome:
        of = job("hello.sh")
        waiting = asyncio.create_task(end(runtime, of))
        log = runtime.log_file(of, "stdout")
        await until_async("the job has written", lambda: log.exists() and log.read_text())
        await asyncio.sleep(1)
        assert not waiting.done()
        in_the_way.rmdir()
        return await waiting

    assert asyncio.run(run()).succeeded


@pytest.mark.parametrize("text", ["", "\n", "{other}\n", "1\n", "99999999\n"])
def test_an_attempt_whose_process_is_another_by_now_has_ended_and_the_other_lives(
    runtime: ProcessRuntime, tmp_path: Path, text: str
) -> None:
    folder(tmp_path).mkdir(parents=True)
    with subprocess.Popen(["/bin/sleep", "60"], start_new_session=True) as other:
        (folder(tmp_path) / "pid").write_text(text.format(other=other.pid))
        outcome = asyncio.run(end(runtime, job("hello.sh")))
        assert other.poll() is None
        other.kill()
    assert "or the machine restarted" in outcome.details


def test_a_launcher_that_cannot_write_its_process_id_is_not_waited_for(runtime: ProcessRuntime, tmp_path: Path) -> None:
    async def start() -> Outcome:
        folder(tmp_path).mkdir(parents=True)
        (folder(tmp_path) / "pid").symlink_to("nowhere")  # to `ln` it is there, to a reader it is not
        return await end(runtime, job("hello.sh"))

    assert asyncio.run(start()).reason == "INTERNAL_ERROR"


def test_an_attempt_of_a_server_before_is_found_whatever_is_configured_now(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    of = job("wait_for.sh", str(out), str(go))
    later = ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path / "logs", releases={})

    async def restart() -> Outcome:
        before = await runtime.start(of)
        assert isinstance(before, ProcessAttempt)
        await until_async("the job has begun", out.exists)
        assert isinstance(await later.find(of), ProcessAttempt)
        go.touch()
        outcome = await end(later, of)
        assert await before.wait() == outcome
        return outcome

    assert asyncio.run(restart()).succeeded


@pytest.mark.parametrize("script", ["say.sh", "stubborn.sh"])
def test_a_driver_that_is_stopped_leaves_what_it_had_said(tmp_path: Path, script: str) -> None:
    runtime, out = runtime_in(tmp_path, grace=0.2), tmp_path / "out"

    async def stop() -> Outcome:
        attempt = await runtime.start(job(script, str(out), "'lake.x.y' was written: 16 rows."))
        assert isinstance(attempt, ProcessAttempt)
        await until_async("the job has said where it stands", out.exists)
        await attempt.stop()
        return await attempt.wait()

    outcome = asyncio.run(stop())
    assert (outcome.succeeded, outcome.messages) == (False, {"1": "'lake.x.y' was written: 16 rows."})


def test_a_driver_that_is_killed_with_its_launcher_leaves_what_it_had_said(
    runtime: ProcessRuntime, tmp_path: Path
) -> None:
    out = tmp_path / "out"

    async def kill() -> Outcome:
        attempt = await runtime.start(job("say.sh", str(out), "Nothing was written."))
        assert isinstance(attempt, ProcessAttempt)
        await until_async("the job has said where it stands", out.exists)
        os.kill(int((folder(tmp_path) / "pid").read_text()), signal.SIGKILL)
        return await attempt.wait()

    assert asyncio.run(kill()).details.endswith("or the machine restarted. Nothing was written.")


PYTHON = Release(label="python", kind="container", command=(sys.executable, "-S"), application_directory=Path("/"))
PYSPARK = replace(
    PYTHON, label="pyspark", kind="spark", command=("/bin/sh", "-c", 'exec "$0" -S "$1" 2>&1', sys.executable)
)
"""spark-submit, as far as output matters: a Python driver's errors are on its stdout."""


def python_in(tmp_path: Path, *releases: Release) -> ProcessRuntime:
    known = {release.label: replace(release, application_directory=tmp_path) for release in releases}
    return ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path / "logs", releases=known)


@pytest.mark.parametrize("release", ["python", "pyspark"])
@pytest.mark.parametrize("rotated", [False, True])
def test_case_17_a_driver_that_fails_by_an_exception_says_which(tmp_path: Path, release: str, *, rotated: bool) -> None:
    (tmp_path / "main.py").write_text(
        "print('x' * 3000)\nprint('| 1|Anna|')\nraise ValueError('no rows in ' + 'x.csv')"
    )
    of = job("main.py", release=release)
    if rotated:
        monitoring = of.spec["configurationOverrides"]["monitoringConfiguration"]
        monitoring["containerLogRotationConfiguration"] = {"rotationSize": "2KB", "maxFilesToKeep": 2}
    outcome = asyncio.run(end(python_in(tmp_path, PYTHON, PYSPARK), of))
    assert (outcome.reason, outcome.details) == ("USER_ERROR", "ValueError: no rows in x.csv")
    assert outcome.messages == {"1": "ValueError: no rows in x.csv"}


def test_case_17_an_earlier_attempts_exception_is_not_the_later_ones(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("import os, sys\nraise ValueError('first')")
    runtime, of = python_in(tmp_path, PYTHON), job("main.py", release="python")
    assert asyncio.run(end(runtime, of)).details == "ValueError: first"
    (tmp_path / "main.py").write_text("import os\nos._exit(3)")
    outcome = asyncio.run(end(runtime, replace(of, attempt=2)))
    assert outcome.details == "The driver exited with status 3 and left no message; see its stderr."


def test_case_17_a_message_of_its_own_comes_before_what_its_output_says(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(
        "import os\nwith open(os.environ['LONGSHORE_TERMINATION_LOG'], 'w') as file:\n"
        "    file.write('The table is missing.')"
        "\nraise ValueError('other')"
    )
    outcome = asyncio.run(end(python_in(tmp_path, PYTHON), job("main.py", release="python")))
    assert outcome.details == "The table is missing."


def test_case_17_an_executor_that_was_killed_is_named_with_the_setting_to_raise(tmp_path: Path) -> None:
    lost = "ExecutorLostFailure (executor 4 exited) Reason: The executor with id 4 exited with exit code 137(SIGKILL)"
    (tmp_path / "main.py").write_text(f"raise RuntimeError({lost!r})")
    outcome = asyncio.run(end(python_in(tmp_path, PYSPARK), job("main.py", release="pyspark")))
    assert outcome.details.startswith(
        "Executor 4 was killed (exit code 137), as when memory runs out: raise spark.executor.memory"
    )
