"""The Docker engine: a running one, or one that is started here.

systemd or Docker Desktop start it on most machines. On a machine without them (a container, a CI sandbox) but with root
and Debian's packages, it is installed and started here, and `longshore cluster down` stops it again.
"""

import json
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from pathlib import Path

from longshore_libs.retries import poll, polling

from longshore_cli.base.programs import succeeds
from longshore_cli.base.progress import Say
from longshore_cli.cluster.engine.debian_packages import apt_install
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.exceptions import ClusterError

_START_SECONDS = 60.0
_SYS_RESOURCE = 24
"""The number of CAP_SYS_RESOURCE. Source: linux/capability.h."""


def ensure_engine(layout: ClusterLayout, say: Say) -> None:
    """Makes sure that an engine answers.

    Raises:
        ClusterError: no engine answers, and none can be started here.
    """
    if succeeds(["docker", "version"]):
        return
    if Path("/run/systemd/system").is_dir() or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ClusterError(
            "No Docker engine answers `docker version`. Start one (`systemctl start docker`, Docker Desktop), or allow "
            "this user to reach it, and run the command again."
        )
    if shutil.which("dockerd") is None:
        say("installing Docker from Debian's packages")
        apt_install("docker.io", "iptables")
    say("starting a Docker engine")
    _start(layout)


def stop_engine(layout: ClusterLayout) -> bool:
    """Stops the engine if `ensure_engine` of this checkout started it. Returns true if so."""
    try:
        pid = int(layout.engine_pid.read_text())
    except (FileNotFoundError, ValueError):
        return False
    layout.engine_pid.unlink()
    if "dockerd" not in _command_line(pid):
        return False  # it has ended, and the ID belongs to another process
    os.kill(pid, signal.SIGTERM)

    def ended() -> bool:
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        return "dockerd" not in _command_line(pid)

    poll(ended, waits=polling(_START_SECONDS, every=0.2))
    return True


def _start(layout: ClusterLayout) -> None:
    command = ["dockerd", f"--config-file={_configuration(layout)}"]
    with layout.engine_log.open("ab") as log:
        engine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
    layout.engine_pid.write_text(str(engine.pid))

    def state() -> str | None:
        if engine.poll() is not None:
            return "ended"
        return "up" if succeeds(["docker", "version"]) else None

    if poll(state, waits=polling(_START_SECONDS, every=0.3)) != "up":
        raise ClusterError(f"The Docker engine did not start. See {str(layout.engine_log)!r}.")


def _configuration(layout: ClusterLayout) -> Path:
    settings: dict[str, object] = {}
    if not _may_raise_limits():
        # Docker 20 requests the capability for privileged containers, which kind's nodes are. The program is copied to
        # the cache, because the engine may outlive this checkout.
        runner = layout.cache / "engine" / "runc-without-sys-resource"
        runner.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(layout.root / "images" / "kind-node" / "bin" / runner.name, runner)
        settings = {"runtimes": {"bounded": {"path": str(runner)}}, "default-runtime": "bounded"}
    layout.engine_settings.write_text(json.dumps(settings))
    return layout.engine_settings


def _may_raise_limits() -> bool:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("CapBnd:"):
            return bool(int(line.split()[1], 16) >> _SYS_RESOURCE & 1)
    return True


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
