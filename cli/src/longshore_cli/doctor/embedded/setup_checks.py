"""Checks of the machine, and of what `make init` and the first start have made. Pure."""

from collections.abc import Iterable, Iterator

from longshore_cli.doctor.embedded.facts import DataFolder, EmbeddedFacts
from longshore_cli.doctor.problems import NotChecked, Problem

_MIB, _GIB = 1 << 20, 1 << 30
PYTHONS = ((3, 11), (3, 14))
"""The oldest and the newest version of Python; as in `pyproject.toml`."""
LEAST_DISK = 3 * _GIB
LEAST_MEMORY = 3 * _GIB
"""In bytes: Airflow, PostgreSQL and one job with a JVM of 1 to 1.5 GiB."""
LEAST_SHARED_MEMORY = 16 * _MIB
"""In bytes: PostgreSQL's processes share memory for a query of several of them."""
_NOT_YET = NotChecked("the platform has not run here yet")


def python_version(facts: EmbeddedFacts) -> Iterator[Problem]:
    """Checks that this Python is one that the project supports."""
    oldest, newest = PYTHONS
    if not oldest <= facts.machine.python <= newest:
        yield Problem(
            thing=f"Python {_version(facts.machine.python)}",
            reason=f"the platform needs {_version(oldest)} to {_version(newest)}.",
            way_out="install such a Python, remove `.venv`, and run `make init`.",
        )


def disk_space(facts: EmbeddedFacts) -> Iterator[Problem]:
    """Checks that tables, logs and packages have room."""
    if facts.machine.disk_free < LEAST_DISK:
        yield Problem(
            thing=f"the disk of {facts.root!r}",
            reason=f"{_size(facts.machine.disk_free)} are free; tables, logs and packages need {_size(LEAST_DISK)}.",
            way_out="remove files; `make clean` removes all that was set up here, with the lake.",
        )


def memory(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that there is memory for a start."""
    if facts.lock_holder is not None:
        return NotChecked("the platform runs, and has its memory")
    if facts.machine.memory_available >= LEAST_MEMORY:
        return ()
    return [
        Problem(
            thing="this machine's memory",
            reason=f"{_size(facts.machine.memory_available)} are available; Airflow, PostgreSQL and a job need "
            f"{_size(LEAST_MEMORY)}.",
            way_out="end other programs, or give the container or virtual machine more memory.",
        )
    ]


def shared_memory(facts: EmbeddedFacts) -> Iterator[Problem]:
    """Checks that PostgreSQL's processes can share memory."""
    free = facts.machine.shared_memory
    if free is None or free < LEAST_SHARED_MEMORY:
        yield Problem(
            thing="/dev/shm",  # noqa: S108  it is named only
            reason="it does not exist."
            if free is None
            else f"{_size(free)} are free; PostgreSQL's parallel queries need {_size(LEAST_SHARED_MEMORY)}.",
            way_out="mount or enlarge it (`mount -o remount,size=256m /dev/shm`; Docker: `--shm-size=256m`).",
        )


def python_packages(facts: EmbeddedFacts) -> Iterator[Problem]:
    """Checks that each environment of packages exists and is that of its lock."""
    for each in facts.packages:
        if not each.present:
            yield Problem(thing=each.folder, reason="it does not exist.", way_out="run `make init`.")
            continue
        for name in each.missing:
            yield Problem(
                thing=each.folder, reason=f"the package {name!r} of its lock is missing.", way_out="run `make init`."
            )
        if each.differing:
            others = f", and {len(each.differing) - 3} more" if len(each.differing) > 3 else ""
            yield Problem(
                thing=each.folder,
                reason=f"its packages are not the lock's: {'; '.join(each.differing[:3])}{others}.",
                way_out="run `make init`; if it does nothing, remove the folder first.",
            )


def jars(facts: EmbeddedFacts) -> Iterator[Problem]:
    """Checks that Spark has its jars."""
    for jar in facts.missing_jars:
        yield Problem(
            thing=f"images/spark/.jars/{jar}",
            reason="it is missing, or its link leads nowhere; Spark jobs fail.",
            way_out="run `make init`, which fetches and checks it.",
        )


def class_archive(facts: EmbeddedFacts) -> Iterator[Problem]:
    """Checks that Spark's JVMs have their archive of classes."""
    if not facts.has_class_archive:
        yield Problem(
            thing="images/spark/.jars/spark.jsa",
            reason="it is missing; each Spark job starts with twice the processor time.",
            way_out="run `make init`, which makes it.",
        )


def data_folder(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that PostgreSQL can start with its data folder."""
    return _NOT_YET if facts.data_folder is None else _data_folder(facts.data_folder)


def _data_folder(found: DataFolder) -> Iterator[Problem]:
    if found.owner != found.wanted_owner:
        yield Problem(
            thing=found.path,
            reason=f"it belongs to the user ID {found.owner}, and PostgreSQL runs as {found.wanted_owner}.",
            way_out=f"run `chown -R {found.wanted_owner} {found.path}`, or `make clean` to begin anew.",
        )
    if found.mode & 0o027:
        yield Problem(
            thing=found.path,
            reason=f"its mode is {found.mode:04o}; PostgreSQL refuses a folder that others can read.",
            way_out=f"run `chmod 0700 {found.path}`.",
        )
    if found.version != found.wanted_version:
        yield Problem(
            thing=found.path,
            reason=f"PostgreSQL {found.version} made it, and this checkout has PostgreSQL {found.wanted_version}.",
            way_out="check out the version that made it, or run `make clean` to begin anew without its data.",
        )
    if found.holder is not None:
        yield Problem(
            thing=f"{found.path}/postmaster.pid",
            reason=f"it names process {found.pid_file}, which is {found.holder!r} and no PostgreSQL of this folder.",
            way_out=f"run `rm {found.path}/postmaster.pid`.",
        )


def secrets(facts: EmbeddedFacts) -> Iterable[Problem] | NotChecked:
    """Checks that only their owner can read keys and passwords."""
    return _secrets(facts) if facts.secrets else _NOT_YET


def _secrets(facts: EmbeddedFacts) -> Iterator[Problem]:
    for each in facts.secrets:
        if each.owner != facts.user:
            yield Problem(
                thing=each.path,
                reason=f"it belongs to the user ID {each.owner}, and you are {facts.user}: another user started the "
                "platform here.",
                way_out=f"run `chown -R {facts.user} .longshore` as root, or run `make` as that user.",
            )
        elif each.mode & 0o077:
            wanted = "0700" if each.folder else "0600"
            yield Problem(
                thing=each.path,
                reason=f"its mode is {each.mode:04o}: other users of this machine can read it.",
                way_out=f"run `chmod {wanted} {each.path}`; if others may have read it, remove it, and start again.",
            )


def _version(version: tuple[int, int]) -> str:
    return f"{version[0]}.{version[1]}"


def _size(size: int) -> str:
    return f"{size / _GIB:.1f} GiB" if size >= _GIB else f"{size // _MIB} MiB"
