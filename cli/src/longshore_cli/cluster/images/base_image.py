"""The base of our images: pulled, or built from Debian's packages if it cannot be pulled."""

import os
import shutil
import tempfile
import threading
from pathlib import Path

from longshore_cli.base.programs import run
from longshore_cli.base.progress import Say
from longshore_cli.cluster.engine.debian_packages import apt_install
from longshore_cli.cluster.engine.docker import pull
from longshore_cli.exceptions import ClusterError

BASE = "debian:bookworm-slim"
_SUITE = "bookworm"
_SOURCES = f"""\
deb http://deb.debian.org/debian {_SUITE} main
deb http://deb.debian.org/debian {_SUITE}-updates main
deb http://deb.debian.org/debian-security {_SUITE}-security main
"""
_ONE_AT_A_TIME = threading.Lock()
"""A lock, because several images are built at the same time."""
_AUTHORITIES = Path("/etc/ssl/certs/ca-certificates.crt")


def ensure_base(say: Say) -> None:
    """Makes sure that the engine has `BASE`.

    Raises:
        ClusterError: it can be neither pulled nor built here.
    """
    with _ONE_AT_A_TIME:
        if not pull(BASE):
            _make(say)


def _make(say: Say) -> None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        raise ClusterError(
            f"The image {BASE!r} cannot be pulled, and only root on Debian can build it. Check `docker pull {BASE}`."
        )
    say(f"{BASE} cannot be pulled: building it from Debian's packages")
    if shutil.which("debootstrap") is None:
        apt_install("debootstrap")
    with tempfile.TemporaryDirectory(prefix="longshore-base-") as folder:
        root = Path(folder) / "root"
        run(
            ["debootstrap", "--variant=minbase", "--include=ca-certificates", _SUITE, root],
            what=f"{BASE} cannot be built",
        )
        _finish(root)
        archive = Path(folder) / "root.tar"
        run(["tar", "-C", root, "-cf", archive, "."], what=f"{BASE} cannot be archived")
        run(["docker", "import", "--change", 'CMD ["bash"]', archive, BASE], what=f"{BASE} cannot be imported")


def _finish(root: Path) -> None:
    (root / "etc/apt/sources.list").write_text(_SOURCES)
    for folder in ("var/cache/apt/archives", "var/lib/apt/lists", "usr/share/doc", "usr/share/man"):
        shutil.rmtree(root / folder, ignore_errors=True)
    # apt creates these only if their parents exist.
    (root / "var/cache/apt/archives/partial").mkdir(parents=True)
    (root / "var/lib/apt/lists/partial").mkdir(parents=True)
    # A host behind a proxy that inspects TLS trusts the proxy's certificate; builds in containers must trust it, too.
    if _AUTHORITIES.is_file():
        shutil.copy(_AUTHORITIES, root / _AUTHORITIES.relative_to("/"))
