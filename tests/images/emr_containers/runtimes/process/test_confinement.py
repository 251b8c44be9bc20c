"""Attacks by real jobs on the server beside which they run, where it is root and has another user for them."""

import os
from collections.abc import Iterator
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest
from emr_containers.exceptions import ConfigurationError, ValidationException
from emr_containers.runtimes.process.confinement import Confinement
from emr_containers.runtimes.process.job_user import JobUser
from emr_containers.settings import FolderAccess, Release
from hypothesis import given
from hypothesis import strategies as st
from images.emr_containers.conftest import Server
from process_table import gone
from support.job_runs import job, new_cluster, wait
from support.serving import write_files
from support.waiting import until

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can run jobs as another user")

USER = 60888
SCRIPTS = {
    "attack.sh": 'for each; do (eval "$each") 2>&1 && echo "SUCCEEDED: $each"; done; echo tried',
    "victim.sh": "echo secret-of-a-run | tee secret > /tmp/secret; echo $$ > started; exec sleep 300",
    "work.sh": 'cat "$1/db.json"; cat inputs 2>/dev/null; echo written > "$2/out"; echo message > '
    '"$LONGSHORE_TERMINATION_LOG"; echo "$HOME $TMPDIR"; touch "$HOME/a" "$TMPDIR/b"; echo again >> /dev/stdout; id -u',
    "stray.sh": "env -i setsid sleep 3001 & echo begun",
    "trap.sh": 'trap "echo stopped-well > $LONGSHORE_TERMINATION_LOG; exit 0" TERM; echo on > "$1"; '
    "while :; do sleep 0.05; done",
    "kill_itself.sh": "kill -9 $$",
    "no_program.sh": "exec /not/here",
}


@dataclass(frozen=True)
class World:
    """A server with another user for jobs, and a job of another client's that runs."""

    server: Server
    emr: Any
    cluster: str
    victim: str
    """The ID of its job run."""

    def run(self, script: str, *arguments: str, **changes: Any) -> tuple[dict[str, Any], str]:
        """Runs a job to its end; returns its description and its stdout."""
        run = self.emr.start_job_run(virtualClusterId=self.cluster, **job(script, *arguments, **changes))["id"]
        ended = wait(self.emr, self.cluster, run)
        return ended, next(self.server.directory.rglob(f"{run}/**/stdout")).read_text()

    @property
    def state(self) -> Path:
        return self.server.directory / "state"

    @property
    def attempt(self) -> Path:
        return self.state / "attempts" / self.victim / "1"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    folder = tmp_path_factory.mktemp("private")
    releases = (
        '[shell]\nkind = "container"\ncommand = ["/bin/sh"]\napplication_directory = "application"\n'
        'job_folders = { application = "read", connections = "copy", lake = "write" }\n'
    )
    write_files(folder, SCRIPTS, releases=releases)
    (folder / "credentials").chmod(0o600)
    for name in ("connections", "lake"):
        (folder / name).mkdir(mode=0o700)
    os.chown(folder / "lake", USER, USER)
    (folder / "connections" / "db.json").write_text("password-of-jobs\n")
    (folder / "connections" / "db.json").chmod(0o600)
    server = Server(directory=folder, options=[f"--job-user={USER}", "--max-running=3"])
    server.start()
    emr = server.client()
    cluster = new_cluster(emr)
    victim = emr.start_job_run(virtualClusterId=cluster, **job("victim.sh"))["id"]
    world = World(server, emr, cluster, victim)
    until("the victim runs", (world.attempt / "work" / "started").exists)
    yield world
    emr.cancel_job_run(virtualClusterId=cluster, id=victim)
    wait(emr, cluster, victim)
    server.stop()


ATTACKS = (
    "cat {folder}/credentials",  # reads the server's key
    "cat {folder}/state/emr-containers.sqlite",  # reads the server's database
    "cat {folder}/releases.toml",  # reads the release table beside the key
    "ls {folder}/state/attempts | grep {victim}",  # lists the attempts
    "cat {attempt}/work/secret",  # reads another run's files
    "cat /tmp/secret",  # reads another run's temporary files
    "cat {attempt}/job.json",  # reads another run's settings
    "cat {folder}/state/logs/*/*/*/*/*/stdout",  # reads another run's log
    "cat /proc/{server}/environ",  # reads the server's variables
    "grep -l {victim} /proc/[0-9]*/environ /proc/[0-9]*/cmdline",  # reads the launchers' variables
    "dd if=/proc/{server}/mem bs=1 count=1",  # reads the server's memory
    "ls /proc/{server}/root/",  # enters the server's root
    "ls /proc/1/root/ /proc/1/fd/",  # enters the root of what runs it
    "kill -0 {server}",  # signals the server
    "kill -0 {sleeper}",  # signals the other run
    "echo 0 > ../exit",  # ends its own attempt
    "echo 1 > ../pid",  # says another process is its launcher
    "echo echo mine >> {folder}/application/work.sh",  # changes the application
    "echo wrong > {folder}/connections/db.json",  # changes what other jobs are given
    "echo wrong > {folder}/connections/mine.json",  # makes a connection of its own
    "umount {folder} || umount /tmp || umount /proc",  # uncovers what is covered
    "unshare -m true || unshare -p true",  # makes a view of its own
    "su -c true root < /dev/null",  # becomes root by a program
    "touch /etc/cron.d/mine || touch /usr/local/bin/mine || echo x >> /etc/passwd",  # writes to the system
)


def test_case_1_a_job_reaches_nothing_of_the_server_and_of_other_runs(world: World) -> None:
    assert world.server.process is not None
    launcher = psutil.Process(int((world.attempt / "pid").read_text()))
    names = {
        "folder": world.server.directory,
        "attempt": world.attempt,
        "victim": world.victim,
        "server": world.server.process.pid,
        "sleeper": next(each.pid for each in launcher.children(recursive=True) if each.name() == "sleep"),
    }
    run, output = world.run("attack.sh", *(attack.format(**names) for attack in ATTACKS))
    assert run["state"] == "COMPLETED"
    assert output.splitlines()[-1] == "tried"
    assert [line for line in output.splitlines() if line.startswith("SUCCEEDED")] == []
    assert "secret" not in output.replace("secret:", "")  # but for the messages that name the file
    assert (world.server.directory / "application" / "work.sh").read_text() == SCRIPTS["work.sh"] + "\n"
    assert (world.server.directory / "connections" / "db.json").read_text() == "password-of-jobs\n"


def test_case_1_a_job_that_kills_all_it_can_kills_no_other(world: World) -> None:
    world.run("attack.sh", "kill -9 -1", "kill -9 0")
    described = world.emr.describe_job_run(virtualClusterId=world.cluster, id=world.victim)["jobRun"]
    assert described["state"] == "RUNNING"
    assert not gone(int((world.attempt / "pid").read_text()))


def test_case_1_a_jobs_variables_are_not_those_of_roots_programs_around_it(world: World) -> None:
    planted = world.server.directory / "lake" / "planted.so"
    properties = {"LD_PRELOAD": str(planted), "ENV": str(planted), "BASH_ENV": str(planted)}
    export = {"classification": "spark-env", "configurations": [{"classification": "export", "properties": properties}]}
    request = job("victim.sh", configurationOverrides={"applicationConfiguration": [export]})
    run = world.emr.start_job_run(virtualClusterId=world.cluster, **request)["id"]
    pid = world.state / "attempts" / run / "1" / "pid"
    until("the job runs", (pid.parent / "work" / "started").exists)
    launcher = psutil.Process(int(pid.read_text()))
    family = [launcher, *launcher.children(recursive=True)]
    told = {each.uids().real: "LD_PRELOAD" in each.environ() for each in family}
    world.emr.cancel_job_run(virtualClusterId=world.cluster, id=run)
    wait(world.emr, world.cluster, run)
    assert told == {0: False, USER: True}


def test_case_1_logs_are_not_written_where_a_job_could_have_put_a_link(world: World) -> None:
    lake = world.server.directory / "lake"
    for place in (lake, lake / "logs"):
        monitoring = {"s3MonitoringConfiguration": {"logUri": place.as_uri()}}
        request = job("work.sh", configurationOverrides={"monitoringConfiguration": monitoring})
        run = world.emr.start_job_run(virtualClusterId=world.cluster, **request)["id"]
        ended = wait(world.emr, world.cluster, run)
        assert ended["state"] == "FAILED"
        assert f"is in '{lake}', where jobs may write" in ended["stateDetails"]


@pytest.mark.parametrize("rotated", [False, True])
def test_a_job_of_another_user_has_what_it_needs(world: World, *, rotated: bool) -> None:
    folder = world.server.directory
    monitoring = {"containerLogRotationConfiguration": {"rotationSize": "2KB", "maxFilesToKeep": 2}} if rotated else {}
    overrides = {"configurationOverrides": {"monitoringConfiguration": monitoring}}
    run, output = world.run("work.sh", str(folder / "connections"), str(folder / "lake"), **overrides)
    assert run["state"] == "COMPLETED"
    work = world.state / "attempts" / run["id"] / "1" / "work"
    assert output.splitlines() == ["password-of-jobs", f"{work} /tmp", "again", str(USER)]
    assert (folder / "lake" / "out").stat().st_uid == USER
    assert (work / "a").exists()
    assert not (work.parent / "tmp").exists(), "temporary files are removed with the job"
    assert (work.parent / "termination-log").read_text() == "message\n"


def test_a_job_of_another_user_reads_what_its_request_names_and_is_open(world: World) -> None:
    inputs = world.server.directory / "inputs"
    inputs.mkdir(mode=0o700)
    for name, mode in {"named": 0o644, "closed": 0o600, "other": 0o644}.items():
        (inputs / name).write_text(f"words-of-{name}\n")
        (inputs / name).chmod(mode)
    secret = world.attempt / "work" / "secret"
    assert secret.stat().st_mode & 0o004, "it would be shown, if it were not a job's"
    (world.server.directory / "lake" / "link").symlink_to(secret)
    files = [
        *(inputs / name for name in ("named", "closed", "other")),
        secret,
        world.server.directory / "lake" / "link",
    ]
    words = [f"file://{files[0]}", f"{files[1]},{files[3]}", str(files[4]), str(inputs)]
    _, output = world.run("attack.sh", f"cat {' '.join(map(str, files))}", *words)
    assert "words-of-named" in output
    assert not any(text in output for text in ("words-of-closed", "words-of-other", "secret-of-a-run"))


def test_an_entry_point_that_is_closed_to_the_jobs_user_is_refused_by_name(world: World) -> None:
    script = world.server.directory / "application" / "closed.sh"
    script.write_text("echo never\n")
    needs: dict[str, FolderAccess] = {}
    confinement = Confinement(user=JobUser(uid=USER, gid=USER))
    for mode, refused in ((0o600, True), (0o644, False)):
        script.chmod(mode)
        for uri in (str(script), script.as_uri()):
            with pytest.raises(ValidationException, match="is closed to the jobs' user") if refused else nullcontext():
                confinement.check_entry_point(uri, ["/bin/sh", uri], needs)
    for uri in ("s3://bucket/x.py", "/not/here.py", "/" + "x" * 5000):
        confinement.check_entry_point(uri, ["/bin/sh", uri], needs)


@given(st.text(st.sampled_from("/fil:e[],%0\0?#.~tmp\ud800é"), max_size=12))
def test_whatever_the_words_of_a_command_are_they_are_read_as_paths_or_not_at_all(text: str) -> None:
    confinement = Confinement(user=JobUser(uid=USER, gid=USER))
    for word in (text, f"/{text}", f"file:{text}", f"//{text}"):
        confinement.check_entry_point(word, ["/bin/sh", word], {})


def test_what_leaves_its_session_and_its_variables_ends_with_the_job(world: World) -> None:
    run, output = world.run("stray.sh")
    assert (run["state"], output) == ("COMPLETED", "begun\n")
    left = [each.info["cmdline"] for each in psutil.process_iter(["cmdline"])]
    assert ["sleep", "3001"] not in left


def test_a_job_of_another_user_is_told_to_end_and_says_its_last_words(world: World) -> None:
    started = world.server.directory / "lake" / "on"
    run = world.emr.start_job_run(virtualClusterId=world.cluster, **job("trap.sh", str(started)))["id"]
    until("the job runs", started.exists)
    world.emr.cancel_job_run(virtualClusterId=world.cluster, id=run)
    assert wait(world.emr, world.cluster, run)["state"] == "CANCELLED"
    assert (world.state / "attempts" / run / "1" / "termination-log").read_text() == "stopped-well\n"


@pytest.mark.parametrize(
    ("script", "details"),
    [("kill_itself.sh", "The driver was killed by SIGKILL."), ("no_program.sh", "The driver exited with status 127")],
)
def test_how_a_job_of_another_user_ends_is_told_apart(world: World, script: str, details: str) -> None:
    run, _ = world.run(script)
    assert run["state"] == "FAILED"
    assert details in run["stateDetails"]


def trial(tmp_path: Path, **folders: Any) -> None:
    release = Release(
        label="shell",
        kind="container",
        command=("/bin/sh",),
        application_directory=Path("/usr"),
        job_folders={str(tmp_path / name): access for name, access in folders.items()},
    )
    Confinement(user=JobUser(uid=USER, gid=USER)).try_out(tmp_path, [release])


def test_a_folder_that_jobs_could_not_use_keeps_the_server_from_starting(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o700)
    with pytest.raises(ConfigurationError, match=f"{USER}, who cannot use '{tmp_path}/closed': let that user"):
        trial(tmp_path, closed="read")
    (tmp_path / "closed").chmod(0o755)
    trial(tmp_path, closed="read")
    with pytest.raises(ConfigurationError, match="who cannot use"):
        trial(tmp_path, closed="write")
    with pytest.raises(ConfigurationError, match=r"missing': No such file or directory. Correct `job_folders`"):
        trial(tmp_path, missing="read")
    assert [path.name for path in tmp_path.iterdir()] == ["closed"]
