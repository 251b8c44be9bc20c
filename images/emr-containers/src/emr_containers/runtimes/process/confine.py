"""Runs one job as another user, with a view of the machine of its own.

`confine.py job.json COMMAND…`, as root, in the attempt's folder `work`. The settings are of `confinement.py`.

The job sees its own processes alone (a PID namespace), which all end with it, and of the file system what its user may
reach and what `view.py` shows (a mount namespace). It gains no rights by programs that have them (no_new_privs).

The job's variables are in the file, not in this program's environment: root must not load what a job names there.
Only the standard library is imported, so that it starts in a hundredth of a second (`python -I -S`).
"""

import ctypes
import json
import os
import shutil
import signal
import stat
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any, NoReturn

# linux/sched.h, linux/mount.h, linux/prctl.h
_NEW_MOUNTS, _NEW_IPC, _NEW_PIDS = 0x00020000, 0x08000000, 0x20000000
_READ_ONLY, _NO_SUID, _NO_DEVICES, _NO_EXEC, _REMOUNT = 1, 2, 4, 8, 32
_BIND, _RECURSIVE, _PRIVATE = 4096, 16384, 1 << 18
_DIE_WITH_PARENT, _NO_NEW_PRIVILEGES = 1, 38
_CANNOT_RUN = 126
"""The exit status of a shell that finds a program and cannot run it."""
_SHARED_MEMORY = "/dev/shm"  # noqa: S108  a mount of the job's own
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_libc = ctypes.CDLL(None, use_errno=True)


def _call(name: str, *arguments: Any, what: str) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), what)


def _mount(source: str, target: str, kind: str, flags: int, options: str = "") -> None:
    words = (os.fsencode(source), os.fsencode(target), kind.encode())
    _call("mount", *words, ctypes.c_ulong(flags), options.encode(), what=target)


def _status(status: int) -> int:
    code = os.waitstatus_to_exitcode(status)
    return code if code >= 0 else 128 - code  # as a shell says it


def _wait_for(child: int) -> int:
    while True:
        ended, status = os.waitpid(-1, 0)
        if ended == child:
            return _status(status)


def _run(settings: dict[str, Any], command: list[str]) -> int:
    # The files of the attempt, wherever the state directory is moved meanwhile.
    attempt = os.open("..", os.O_RDONLY | os.O_DIRECTORY)
    # A signal to the group is for the job to take. It waits until there is one.
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)
    _call("unshare", _NEW_PIDS | _NEW_IPC, what="new process IDs")
    if signal.sigpending():
        return 128 + signal.SIGTERM
    child = os.fork()
    if child == 0:
        try:
            _begin(settings, command)
        finally:
            os._exit(_CANNOT_RUN)
    status = _wait_for(child)
    with suppress(OSError):
        shutil.rmtree("tmp", ignore_errors=True, dir_fd=attempt)
    return status


def _begin(settings: dict[str, Any], command: list[str]) -> NoReturn:
    """Runs in the first process of the namespace, which only waits: when it ends, all others end."""
    umask = os.umask(0o022)
    with Path(settings["message"]).open("ab", buffering=0) as message:
        try:
            _call("prctl", _DIE_WITH_PARENT, signal.SIGKILL, 0, 0, 0, what="prctl")
            _show(settings)
        except OSError as error:
            text = f"The job cannot be kept apart from the server: {error.filename}: {error.strerror}."
            message.write(text.encode())
            _say(text)
            os._exit(_CANNOT_RUN)
    job = os.fork()
    if job == 0:
        os.umask(umask)
        _become(settings, command)
    for number in signal.sigpending():  # it came before the job
        os.kill(job, number)
    os._exit(_wait_for(job))


def _say(text: str) -> None:
    with suppress(OSError):
        os.write(2, f"{text}\n".encode())


def _show(settings: dict[str, Any]) -> None:
    _call("unshare", _NEW_MOUNTS, what="unshare")
    _mount("none", "/", "", _RECURSIVE | _PRIVATE)
    # Opened before the first cover, below which no path leads to them any more.
    sources = [(os.open(source, os.O_PATH), target, access) for source, target, access in settings["shown"]]
    copies = {target: _files(Path(source)) for source, target, access in settings["shown"] if access == "copy"}
    temporary = os.open(settings["temporary"], os.O_PATH)
    for folder in settings["covers"]:
        if folder == settings["temporary_place"]:
            _bind(temporary, folder)
        else:
            _mount("tmpfs", folder, "tmpfs", _NO_SUID | _NO_DEVICES, "mode=0755")
    for path, target in settings["links"]:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileExistsError):
            Path(path).symlink_to(target)
    for source, target, access in sources:
        _make_place(source, Path(target))
        if access == "copy":
            _copy(copies[target], Path(target), owner=(settings["uid"], settings["gid"]))
        else:
            _bind(source, target)
        if access != "write":
            _make_read_only(target)
    for folder in settings["covers"]:
        if folder != settings["temporary_place"]:
            _make_read_only(folder)
    _mount("proc", "/proc", "proc", _NO_SUID | _NO_DEVICES | _NO_EXEC)
    if Path(_SHARED_MEMORY).is_dir():
        _mount("tmpfs", _SHARED_MEMORY, "tmpfs", _NO_SUID | _NO_DEVICES, "mode=1777")


def _make_place(source: int, target: Path) -> None:
    if os.path.lexists(target):
        return
    if stat.S_ISDIR(os.fstat(source).st_mode):
        target.mkdir(parents=True)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(exist_ok=False)


def _bind(source: int, target: str) -> None:
    _mount(f"/proc/self/fd/{source}", target, "", _BIND | _RECURSIVE)


def _make_read_only(target: str) -> None:
    _mount("none", target, "", _REMOUNT | _BIND | _READ_ONLY | _NO_SUID | _NO_DEVICES)


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def _copy(files: dict[str, bytes], target: Path, *, owner: tuple[int, int]) -> None:
    _mount("tmpfs", str(target), "tmpfs", _NO_SUID | _NO_DEVICES | _NO_EXEC, "mode=0755")
    for name, content in files.items():
        (target / name).touch(mode=0o400)
        (target / name).write_bytes(content)
        os.chown(target / name, *owner)


def _become(settings: dict[str, Any], command: list[str]) -> NoReturn:
    try:
        os.chdir(settings["work"])
        os.setgroups(settings["groups"])
        os.setresgid(*[settings["gid"]] * 3)
        os.setresuid(*[settings["uid"]] * 3)
        _call("prctl", _NO_NEW_PRIVILEGES, 1, 0, 0, 0, what="prctl")
        for number in (*_SIGNALS, signal.SIGPIPE, signal.SIGXFSZ):
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)
        os.execvpe(command[0], command, settings["environment"])  # noqa: S606  it takes our place
    except OSError as error:
        _say(f"{command[0]!r} cannot be run as the user {settings['uid']}: {error.strerror}.")
    os._exit(_CANNOT_RUN)


if __name__ == "__main__":
    sys.exit(_run(json.loads(Path(sys.argv[1]).read_text("utf-8")), sys.argv[2:]))
