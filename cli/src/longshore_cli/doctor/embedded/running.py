"""The processes of the embedded platform, and the answers of its job server and its Airflow."""

import configparser
import re
import socket
import urllib.request
from collections.abc import Iterator, Mapping
from pathlib import Path

import psutil

from longshore_cli.clients.airflow_api import AirflowApi, log_in
from longshore_cli.clients.job_api import client
from longshore_cli.doctor.embedded.facts import ImportFailure, ProcessFact, Server
from longshore_cli.embedded.airflow import running_address
from longshore_cli.embedded.job_server import ACCESS_KEY, REGION
from longshore_cli.embedded.layout import Layout
from longshore_cli.exceptions import CliError
from longshore_cli.templates.api import newest_by_name
from longshore_cli.templates.files import DIGEST_TAG

_PROGRAMS = re.compile(r"(postgres|java|emr-containers|airflow|python[\d.]*|uvicorn|gunicorn)\b")
_LISTENING = re.compile(r"listening on (\S+)")
_SECONDS = 10.0


def lock_holder(lock: Path, *, locks: Path = Path("/proc/locks")) -> ProcessFact | None:
    """Returns the process that holds the file's lock; None if none does. It does not touch the lock.

    Args:
        locks: the kernel's list of locks.
    """
    try:
        inode, lines = lock.stat().st_ino, locks.read_text().splitlines()
    except OSError:
        return None
    for line in lines:
        words = line.split()  # 1: FLOCK ADVISORY WRITE 4711 fd:00:131 0 EOF; those that wait have "->" before it
        if "->" not in words and len(words) > 5 and words[1] == "FLOCK" and words[5].endswith(f":{inode}"):
            pid = int(words[4])
            return ProcessFact(pid=pid, command=command_of(pid) or "a process of another container")
    return None


def command_of(pid: int) -> str | None:
    """Returns the command line of a process; None if it does not exist."""
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else " ".join(process.cmdline()) or process.name()
    except psutil.Error:
        return None


def platform_processes(layout: Layout, data: Path) -> tuple[ProcessFact, ...]:
    """Returns the processes of this checkout's platform, but for ourselves and those that called us.

    Args:
        data: PostgreSQL's data folder, which may lie outside the checkout.
    """
    me = psutil.Process()
    ours = {me.pid, *(parent.pid for parent in me.parents())}
    found = []
    for process in psutil.process_iter():
        try:
            command = " ".join(process.cmdline())
            if process.pid in ours or not _PROGRAMS.match(Path(command.split(" ")[0]).name.rstrip(":")):
                continue
            if _belongs(process, command, layout, data):
                found.append(ProcessFact(pid=process.pid, command=command.strip()))
        except (psutil.Error, OSError):
            continue
    return tuple(found)


def _belongs(process: psutil.Process, command: str, layout: Layout, data: Path) -> bool:
    state = str(layout.state)
    if f"{state}/" in command or str(data) in command:
        return True
    # Airflow's servers give themselves a title, which takes the place of command line and environment.
    titled = command.startswith("airflow ")
    place = process.cwd()
    if place.startswith(f"{state}/") or (titled and place == str(layout.root)):
        return True
    return process.environ().get("AIRFLOW_HOME") == str(layout.airflow)


def port_holder(port: int) -> str | None:
    """Returns who listens on the port of 127.0.0.1; None if it is free."""
    try:
        with socket.create_server(("127.0.0.1", port)):
            return None
    except OSError:
        pass
    try:
        listeners = [each for each in psutil.net_connections("tcp") if each.status == psutil.CONN_LISTEN]
    except psutil.Error:
        listeners = []  # other users' sockets are not shown
    pid = next((each.pid for each in listeners if each.laddr and each.laddr.port == port and each.pid), None)
    return "another program" if pid is None else f"the process {pid} ({(command_of(pid) or '?')[:80]})"


def server(layout: Layout) -> Server | None:
    """Returns the job server of the running platform, and the templates that it has; None if its address is unknown."""
    try:
        found = _LISTENING.findall((layout.process_logs / "emr-containers.log").read_text(errors="replace"))
    except OSError:
        return None
    if not found:
        return None
    fault = _fault(f"{found[-1]}/readyz")
    if fault is not None:
        return Server(endpoint_url=found[-1], fault=fault, applied={})
    try:
        return Server(endpoint_url=found[-1], fault=None, applied=_applied(layout, found[-1]))
    except (CliError, OSError, configparser.Error, KeyError) as error:
        return Server(endpoint_url=found[-1], fault=f"it does not list its job templates: {error}", applied={})


def _fault(url: str) -> str | None:
    try:
        with urllib.request.urlopen(url, timeout=_SECONDS) as answer:  # noqa: S310  http to 127.0.0.1
            answer.read()
    except OSError as error:
        return f"it does not answer: {error}."
    return None


def _applied(layout: Layout, endpoint_url: str) -> Mapping[str, str | None]:
    parser = configparser.ConfigParser(interpolation=None)
    parser.read_string(layout.credentials.read_text())
    secret = parser["default"]["aws_secret_access_key"]
    emr = client(endpoint_url, region_name=REGION, aws_access_key_id=ACCESS_KEY, aws_secret_access_key=secret)
    return {name: each.get("tags", {}).get(DIGEST_TAG) for name, each in newest_by_name(emr).items()}


def airflow(layout: Layout, *, platform: int) -> tuple[str | None, str | None, tuple[ImportFailure, ...]]:
    """Returns the address of the running Airflow, why it does not answer, and the files that it cannot import.

    Args:
        platform: the process that holds the checkout's lock.
    """
    url = running_address(layout, platform=platform)
    if url is None:
        return None, None, ()
    try:
        api = AirflowApi(url, log_in(url))
        return url, None, tuple(_failures(api, layout.root / "dags"))
    except CliError as error:
        return url, f"{error}", ()


def _failures(api: AirflowApi, dags: Path) -> Iterator[ImportFailure]:
    for file, error in api.import_failures():
        yield ImportFailure(file=file.removeprefix(f"{dags}/"), error=error)
