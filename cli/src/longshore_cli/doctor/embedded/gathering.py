"""Gathers the facts about the embedded platform: the thin edge before the checks."""

import json
import os
import pwd
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil

from longshore_cli.clients.saved_cluster import SavedCluster
from longshore_cli.doctor.embedded import installed, running
from longshore_cli.doctor.embedded.checks import SERVER_PORT
from longshore_cli.doctor.embedded.facts import (
    Connections,
    DataFolder,
    EmbeddedFacts,
    FileFact,
    Machine,
    Template,
)
from longshore_cli.embedded.layout import Layout
from longshore_cli.embedded.postgres_programs import EMBEDDED, shared_folder
from longshore_cli.exceptions import EmbeddedError, TemplateError
from longshore_cli.templates.files import read_templates

_CGROUP = Path("/sys/fs/cgroup")


def gather(root: Path) -> EmbeddedFacts:
    """Returns the facts about the platform of the checkout `root`.

    Raises:
        EmbeddedError: `root` is not a checkout of the project.
    """
    layout = Layout(root)
    if not (root / "job-templates").is_dir() or not (root / "images/spark").is_dir():
        raise EmbeddedError(f"{str(root)!r} is not a checkout of Longshore; run this in its top folder.")
    holder = running.lock_holder(layout.state / "lock")
    data = _data_path(layout)
    templates, template_fault = _templates(root)
    url, airflow_fault, failures = running.airflow(layout, platform=holder.pid) if holder else (None, None, ())
    spark = root / "images/spark"
    has_cluster = SavedCluster.load(root) is not None
    return EmbeddedFacts(
        root=str(root),
        user=os.getuid(),
        machine=machine(root),
        packages=(
            installed.packages(Path(sys.prefix), Path(sys.prefix).parent / "uv.lock"),
            *(
                installed.packages(image / ".venv", image / "uv.lock")
                for image in (spark, root / "images/delay-report")
            ),
        ),
        missing_jars=installed.missing_jars(spark),
        has_class_archive=(spark / ".jars/spark.jsa").exists(),
        set_up=layout.secrets.is_dir(),
        lock_holder=holder,
        platform_processes=running.platform_processes(layout, data),
        server_port_holder=None if has_cluster or holder else running.port_holder(SERVER_PORT),
        data_folder=_data_folder(data),
        secrets=tuple(_secrets(layout.secrets, root)),
        connections=_connections(layout),
        templates=templates,
        template_fault=template_fault,
        server=running.server(layout) if holder else None,
        airflow_url=url,
        airflow_fault=airflow_fault,
        import_failures=failures,
    )


def machine(root: Path) -> Machine:
    """Returns the facts about this machine, whose disk is that of `root`."""
    shared = Path("/dev/shm")  # noqa: S108  it is looked at only
    return Machine(
        python=sys.version_info[:2],
        disk_free=shutil.disk_usage(root).free,
        memory_available=min(psutil.virtual_memory().available, _container_memory()),
        shared_memory=shutil.disk_usage(shared).free if shared.is_dir() else None,
    )


def _container_memory() -> int:
    # A container sees the machine's memory; its own limit is the control group's.
    try:
        limit, used = ((_CGROUP / name).read_text().strip() for name in ("memory.max", "memory.current"))
        return sys.maxsize if limit == "max" else max(int(limit) - int(used), 0)
    except (OSError, ValueError):
        return sys.maxsize


def _data_path(layout: Layout) -> Path:
    folder = layout.state / "postgres"
    return (shared_folder(folder) if os.getuid() == 0 else folder) / "data"


def _data_folder(data: Path) -> DataFolder | None:
    try:
        version, status = (data / "PG_VERSION").read_text().strip(), data.stat()
    except OSError:
        return None
    pid, holder = _pid_file(data)
    return DataFolder(
        path=str(data),
        owner=status.st_uid,
        wanted_owner=pwd.getpwnam("nobody").pw_uid if os.getuid() == 0 else os.getuid(),
        mode=status.st_mode & 0o777,
        version=version,
        wanted_version=EMBEDDED.programs.parts[1].removeprefix("pginstall"),
        pid_file=pid,
        holder=holder,
    )


def _pid_file(data: Path) -> tuple[int | None, str | None]:
    try:
        pid = int((data / "postmaster.pid").read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None, None
    command = running.command_of(pid)
    return pid, None if command is None or str(data) in command else command


def _secrets(folder: Path, root: Path) -> Iterator[FileFact]:
    if not folder.is_dir():
        return
    for path in sorted([folder, *folder.rglob("*")]):
        status = path.stat()
        shown = str(path.relative_to(root))
        yield FileFact(path=shown, mode=status.st_mode & 0o777, owner=status.st_uid, folder=path.is_dir())


def _connections(layout: Layout) -> Connections | None:
    if not layout.airflow_connections.exists():
        return None
    faults: dict[str, str] = {}
    endpoint_url = None
    for path in [layout.airflow_connections, *sorted(layout.connections.glob("*.json"))]:
        try:
            found = json.loads(path.read_text())
            if path == layout.airflow_connections:
                endpoint_url = str(found["aws_default"]["extra"]["service_config"]["emr-containers"]["endpoint_url"])
            elif not isinstance(found["conn_type"], str):
                faults[str(path.relative_to(layout.root))] = "its conn_type is not a text."
        except OSError as error:
            faults[str(path.relative_to(layout.root))] = f"it cannot be read: {error.strerror}."
        except ValueError as error:
            faults[str(path.relative_to(layout.root))] = f"it is not JSON: {error}."
        except (KeyError, TypeError, AttributeError) as error:
            faults[str(path.relative_to(layout.root))] = f"it has no {error} where a connection has it."
    return Connections(faults=faults, endpoint_url=endpoint_url)


def _templates(root: Path) -> tuple[tuple[Template, ...], str | None]:
    try:
        found = read_templates(root / "job-templates")
    except TemplateError as error:
        return (), f"{error}"
    shown = [Template(name=each.name, path=str(each.path.relative_to(root)), digest=each.digest) for each in found]
    return tuple(shown), None
