"""The Docker engine: the one that answers, or one that is started here.

On a machine that systemd or Docker Desktop looks after, starting it is theirs. On one without (a container, a CI
sandbox) with root and Debian's packages, it is installed and started, and `longshore cluster down` ends it again.
"""

import json
import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path

from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.shell import run, succeeds
from longshore_cli.embedded.platform import Say
from longshore_cli.exceptions import ClusterError

_START_SECONDS = 60.0
_SYS_RESOURCE = 24
"""The number of CAP_SYS_RESOURCE. Source: linux/capability.h."""


def ensure_engine(layout: ClusterLayout, say: Say) -> None:
    """Returns when an engine answers.

    Raises:
        ClusterError: none answers, and none can be started here.
    """
    if succeeds(["docker", "version"]):
        return
    if Path("/run/systemd/system").is_dir() or os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ClusterError(
            "No Docker engine answers `docker version`; start one (`systemctl start docker`, Docker Desktop), or allow "
            "this user to reach it, and call this again."
        )
    if shutil.which("dockerd") is None:
        say("installing Docker from Debian's packages")
        apt_install("docker.io", "iptables")
    say("starting a Docker engine")
    _start(layout)


def stop_engine(layout: ClusterLayout) -> bool:
    """Ends the engine if `ensure_engine` of this checkout started it; whether it did."""
    try:
        pid = int(layout.engine_pid.read_text())
    except (FileNotFoundError, ValueError):
        return False
    layout.engine_pid.unlink()
    if "dockerd" not in _command_line(pid):
        return False  # it has ended, and the number is another's
    os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and "dockerd" in _command_line(pid):
        with suppress(ChildProcessError):
            os.waitpid(pid, os.WNOHANG)
        time.sleep(0.2)
    return True


def apt_install(*packages: str) -> None:
    """Installs Debian packages.

    Raises:
        ClusterError: apt-get fails.
    """
    what = f"Debian's {', '.join(packages)} cannot be installed"
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update", "-q"], what=what, environment=environment)
    run(["apt-get", "install", "-qy", "--no-install-recommends", *packages], what=what, environment=environment)


def _start(layout: ClusterLayout) -> None:
    command = ["dockerd", f"--config-file={_configuration(layout)}"]
    with layout.engine_log.open("ab") as log:
        engine = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True, cwd="/"
        )
    layout.engine_pid.write_text(str(engine.pid))
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline and engine.poll() is None:
        if succeeds(["docker", "version"]):
            return
        time.sleep(0.3)
    raise ClusterError(f"The Docker engine did not start; see {str(layout.engine_log)!r}.")


def _configuration(layout: ClusterLayout) -> Path:
    settings: dict[str, object] = {}
    if not _may_raise_limits():
        # Docker 20 asks for the capability whenever a container is privileged, as kind's nodes are.
        # The engine may outlive this checkout.
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
