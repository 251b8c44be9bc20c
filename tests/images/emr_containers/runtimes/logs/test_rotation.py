"""Files that are rotated: what is in them, and jobs whose output goes there."""

import asyncio
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import pytest
from emr_containers.jobs.job_spec import JobSpec
from emr_containers.runtimes.logs.files import open_files
from emr_containers.runtimes.logs.rotation import RotatingFile, Rotation, stream_file_names
from emr_containers.runtimes.process.attempt import ProcessAttempt
from emr_containers.runtimes.process.runtime import ProcessRuntime
from emr_containers.runtimes.runtime import JobAttempt, Outcome
from emr_containers.settings import Release
from hypothesis import given
from hypothesis import strategies as st
from process_table import gone
from support.waiting import until_async

TODAY = time.strftime("%Y%m%d", time.gmtime())
SCRIPTS = {
    "count.sh": 'i=0; while [ $i -lt "$1" ]; do i=$((i+1)); echo "out $i"; echo "err $i" >&2; done; exit "${2:-0}"',
    "die.sh": "echo last; kill -9 $$",
    "leave.sh": 'while :; do echo more; done & echo "$!" > "$1"; echo last',
    "wait.sh": 'echo first; echo started > "$1"; while [ ! -e "$2" ]; do sleep 0.05; done; echo last',
    "term.sh": 'trap "echo told; exit 0" TERM; echo started > "$1"; while :; do sleep 0.05; done',
}


def written(folder: Path, *chunks: bytes, size: int, keep: int) -> dict[str, bytes]:
    file = RotatingFile(folder, "stdout", rotation=Rotation(size=size, keep=keep))
    for chunk in chunks:
        file.write(chunk)
    file.close()
    return {name: (folder / name).read_bytes() for name in stream_file_names(os.listdir(folder), "stdout")}  # noqa: PTH208


def test_a_full_file_is_put_aside_with_its_day_and_a_number(tmp_path: Path) -> None:
    assert written(tmp_path, b"1\n2\n3\n4\n5\n", size=4, keep=3) == {
        f"stdout_{TODAY}_0": b"1\n2\n",
        f"stdout_{TODAY}_1": b"3\n4\n",
        "stdout": b"5\n",
    }


def test_the_oldest_are_removed_and_numbers_go_on(tmp_path: Path) -> None:
    lines = b"".join(b"%02d\n" % number for number in range(12))
    assert list(written(tmp_path, lines, size=3, keep=3)) == [f"stdout_{TODAY}_9", f"stdout_{TODAY}_10", "stdout"]
    assert list(written(tmp_path, b"12\n", size=3, keep=3)) == [f"stdout_{TODAY}_10", f"stdout_{TODAY}_11", "stdout"]


def test_one_file_that_is_kept_is_the_newest(tmp_path: Path) -> None:
    assert written(tmp_path, b"1\n2\n3\n", size=2, keep=1) == {"stdout": b"3\n"}


def test_numbers_decide_and_not_days_that_a_clock_turned_back(tmp_path: Path) -> None:
    names = ["stderr", "stdout", "stdout_20260102_9", "stdout_20260101_10", "stdout_x_1", "stdout.gz"]
    assert stream_file_names(names, "stdout") == ["stdout_20260102_9", "stdout_20260101_10", "stdout"]


def test_a_line_stays_whole_however_it_comes(tmp_path: Path) -> None:
    result = b"LONGSHORE_RESULT " + b"x" * 100 + b"\n"
    chunks = [b"a\n", result[:30], result[30:], b"b\n"]
    assert list(written(tmp_path, *chunks, size=20, keep=9).values()) == [b"a\n", result, b"b\n"]


def test_a_line_without_an_end_does_not_grow_a_file_for_ever(tmp_path: Path) -> None:
    files = written(tmp_path, *[b"x" * 65536] * 48, size=2048, keep=50)
    assert sum(map(len, files.values())) == 48 * 65536
    assert max(map(len, files.values())) <= 2**20 + 2 * 65536


def test_what_a_file_holds_already_counts(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_bytes(b"attempt 1 ")
    files = written(tmp_path, b"broke off\n", b"attempt 2\n", size=12, keep=2)
    assert list(files.values()) == [b"attempt 1 broke off\n", b"attempt 2\n"]


@given(
    chunks=st.lists(st.binary(max_size=40).map(lambda data: data.replace(b"\r", b"\n"))),
    size=st.integers(1, 30),
    keep=st.integers(1, 50),
)
def test_nothing_is_lost_in_the_files_that_are_kept(
    tmp_path_factory: pytest.TempPathFactory, chunks: list[bytes], size: int, keep: int
) -> None:
    files = list(written(tmp_path_factory.mktemp("log"), *chunks, size=size, keep=2000).values())
    assert b"".join(files) == b"".join(chunks)
    # Full is full: no line begins in a file that is.
    assert all(content.rfind(b"\n", 0, len(content) - 1) + 1 < size for content in files)
    assert list(written(tmp_path_factory.mktemp("log"), *chunks, size=size, keep=keep).values()) == files[-keep:]


@pytest.mark.parametrize("keep", range(1, 12))
def test_as_many_files_are_kept_as_may_be(tmp_path: Path, keep: int) -> None:
    files = written(tmp_path, b"1\n2\n3\n4\n5\n6\n7\n8\n9\n", size=2, keep=keep)
    assert b"".join(files.values()) == b"1\n2\n3\n4\n5\n6\n7\n8\n9\n"[-2 * keep :]
    assert len(files) == min(keep, 9)


def test_files_are_read_as_one_as_far_as_they_are(tmp_path: Path) -> None:
    written(tmp_path, b"1\n2\n3\n", size=2, keep=9)
    log = open_files(tmp_path, "stdout")
    written(tmp_path, b"4\n5\n", size=2, keep=1)  # while it is read
    with log.file as file:
        assert file.read() == b"1\n2\n3\n"
    assert log.size == 6


def test_what_was_put_aside_is_read_before_there_is_a_next_file(tmp_path: Path) -> None:
    written(tmp_path, b"1\n2\n", size=2, keep=9)
    (tmp_path / "stdout").unlink()
    with open_files(tmp_path, "stdout").file as file:
        assert file.read() == b"1\n"
    with pytest.raises(FileNotFoundError, match="stderr"):
        open_files(tmp_path, "stderr")


@pytest.fixture
def runtime(tmp_path: Path) -> ProcessRuntime:
    for name, text in SCRIPTS.items():
        (tmp_path / name).write_text(text + "\n")
    release = Release(label="shell", kind="container", command=("/bin/sh",), application_directory=tmp_path)
    return ProcessRuntime(state_directory=tmp_path, default_logs=tmp_path / "logs", releases={"shell": release})


def job(script: str, *arguments: str, size: str | None = "2KB", keep: int = 50) -> JobAttempt:
    driver = {"entryPoint": f"local:///opt/longshore/{script}", "entryPointArguments": list(arguments)}
    asked = {"containerLogRotationConfiguration": {"rotationSize": size, "maxFilesToKeep": keep}} if size else {}
    spec = JobSpec(
        releaseLabel="shell",
        jobDriver={"sparkSubmitJobDriver": driver},
        configurationOverrides={"monitoringConfiguration": asked},
    )
    return JobAttempt(id="rotated", virtual_cluster_id="vc", attempt=1, spec=spec)


async def started(runtime: ProcessRuntime, of: JobAttempt) -> ProcessAttempt:
    attempt = await runtime.start(of)
    assert isinstance(attempt, ProcessAttempt), attempt
    return attempt


async def end(runtime: ProcessRuntime, of: JobAttempt) -> Outcome:
    return await asyncio.wait_for((await started(runtime, of)).wait(), 60)


def text(runtime: ProcessRuntime, of: JobAttempt, stream: Any = "stdout") -> str:
    with runtime.open_log(of, stream).file as file:
        return file.read().decode()


def programs(folder: Path) -> list[psutil.Process]:
    """The processes that rotate the log of the attempt in `folder`."""
    launcher = int((folder / "attempts" / "rotated" / "1" / "pid").read_text())
    found = []
    for member in psutil.Process(launcher).children(recursive=True):
        with suppress(psutil.NoSuchProcess):
            # The launcher and its own subshell have the program's name in a longer command.
            if any(word.endswith("/logs/rotation.py") for word in member.cmdline()[1:4]):
                found.append(member)
    return found


def test_both_streams_are_rotated_and_shown_as_one_without_a_gap(runtime: ProcessRuntime, tmp_path: Path) -> None:
    of = job("count.sh", "3000")
    assert asyncio.run(end(runtime, of)).succeeded
    for stream, word in (("stdout", "out"), ("stderr", "err")):
        assert text(runtime, of, stream) == "".join(f"{word} {number}\n" for number in range(1, 3001))
        folder = runtime.log_file(of, "stdout").parent
        sizes = [
            (folder / name).stat().st_size
            for name in stream_file_names([path.name for path in folder.iterdir()], stream)
        ]
        assert len(sizes) > 10
        assert max(sizes) <= 2048
    assert sorted(path.name for path in (tmp_path / "attempts" / "rotated" / "1").iterdir()) == ["exit", "pid", "work"]


def test_no_more_files_are_kept_than_were_asked_for(runtime: ProcessRuntime) -> None:
    of = job("count.sh", "3000", keep=3)
    assert asyncio.run(end(runtime, of)).succeeded
    assert len(list(runtime.log_file(of, "stdout").parent.iterdir())) == 6
    lines = text(runtime, of).splitlines()
    assert lines == [f"out {number}" for number in range(3001 - len(lines), 3001)]


@pytest.mark.parametrize(
    ("of", "details"),
    [
        (job("count.sh", "1", "3"), "The driver exited with status 3 and left no message; see its stderr."),
        (job("die.sh"), "The driver was killed by SIGKILL."),
    ],
)
def test_how_the_job_ended_is_known_as_ever(runtime: ProcessRuntime, of: JobAttempt, details: str) -> None:
    assert asyncio.run(end(runtime, of)).details == details
    assert text(runtime, of) in ("out 1\n", "last\n")


def test_what_writes_on_behind_the_job_does_not_keep_it(runtime: ProcessRuntime, tmp_path: Path) -> None:
    async def leave() -> None:
        of = job("leave.sh", str(tmp_path / "child"), keep=5)
        assert (await end(runtime, of)).succeeded
        child = int((tmp_path / "child").read_text())
        await until_async("the child has ended", lambda: gone(child))

    asyncio.run(leave())


def test_a_rotation_that_is_killed_costs_neither_the_job_nor_a_line(runtime: ProcessRuntime, tmp_path: Path) -> None:
    out, go = tmp_path / "out", tmp_path / "go"
    of = job("wait.sh", str(out), str(go))

    async def kill() -> Outcome:
        attempt = await started(runtime, of)
        await until_async("the log is shown", lambda: out.exists() and text(runtime, of) == "first\n")
        (program,) = programs(tmp_path)
        program.kill()
        go.touch()
        return await asyncio.wait_for(attempt.wait(), 20)

    assert asyncio.run(kill()).succeeded
    assert text(runtime, of) == "first\nlast\n"


def test_last_words_of_a_job_that_is_stopped_are_kept(runtime: ProcessRuntime, tmp_path: Path) -> None:
    out = tmp_path / "out"
    of = job("term.sh", str(out))

    async def stop() -> Outcome:
        attempt = await started(runtime, of)
        await until_async("the job has begun", out.exists)
        waiting = asyncio.create_task(attempt.wait())
        await attempt.stop()
        return await asyncio.wait_for(waiting, 20)

    assert asyncio.run(stop()).details == "The driver was told to end."
    assert text(runtime, of) == "told\n"


@pytest.mark.parametrize(("size", "count"), [(None, 0), ("2KB", 1)])
def test_only_a_job_with_rotation_has_a_process_for_it(
    runtime: ProcessRuntime, tmp_path: Path, size: str | None, count: int
) -> None:
    out, go = tmp_path / "out", tmp_path / "go"

    async def look() -> None:
        attempt = await started(runtime, job("wait.sh", str(out), str(go), size=size))
        await until_async("the job has begun", out.exists)
        await until_async(f"{count} processes rotate", lambda: len(programs(tmp_path)) == count)
        go.touch()
        assert (await asyncio.wait_for(attempt.wait(), 20)).succeeded

    asyncio.run(look())


def test_a_job_without_a_place_for_pipes_is_logged_all_the_same(runtime: ProcessRuntime, tmp_path: Path) -> None:
    (tmp_path / "attempts" / "rotated" / "1" / "stderr.pipe").mkdir(parents=True)
    of = job("count.sh", "1000")
    assert asyncio.run(end(runtime, of)).succeeded
    assert text(runtime, of).splitlines()[-1] == "out 1000"


def test_the_next_attempt_goes_on_in_the_same_files(runtime: ProcessRuntime) -> None:
    of = job("count.sh", "200")
    assert asyncio.run(end(runtime, of)).succeeded
    again = JobAttempt(id=of.id, virtual_cluster_id=of.virtual_cluster_id, attempt=2, spec=of.spec)
    assert asyncio.run(end(runtime, again)).succeeded
    once = "".join(f"out {number}\n" for number in range(1, 201))
    assert text(runtime, of) == once * 2


def test_a_launcher_that_is_killed_leaves_no_rotation_behind(runtime: ProcessRuntime, tmp_path: Path) -> None:
    out = tmp_path / "out"

    async def kill() -> None:
        attempt = await started(runtime, job("wait.sh", str(out), str(tmp_path / "never")))
        await until_async("the job has begun", out.exists)
        (program,) = await until_async("the log is rotated", lambda: programs(tmp_path))
        os.kill(int((tmp_path / "attempts" / "rotated" / "1" / "pid").read_text()), signal.SIGKILL)
        assert not (await asyncio.wait_for(attempt.wait(), 20)).succeeded
        await until_async("the rotation has ended", lambda: gone(program.pid))

    asyncio.run(kill())
