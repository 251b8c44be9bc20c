"""A real API server of Kubernetes with its etcd, and nothing else: objects are kept, and no pod ever runs."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from longshore_cli.base.programs import succeeds
from longshore_cli.cluster.layout import ClusterLayout
from support.waiting import until

_KUBECONFIG = """\
apiVersion: v1
kind: Config
clusters: [{{name: test, cluster: {{server: "https://127.0.0.1:{port}", insecure-skip-tls-verify: true}}}}]
users: [{{name: test, user: {{token: test}}}}]
contexts: [{{name: test, context: {{cluster: test, user: test}}}}]
current-context: test
"""


def programs(layout: ClusterLayout) -> Path | None:
    """Returns the folder of the programs that `longshore cluster up` built for the node's image; None without them."""
    found = sorted((layout.cache / "go").glob("kind-node-*/kube-apiserver"))
    return found[-1].parent if found else None


@contextmanager
def api_server(programs: Path, folder: Path) -> Iterator[Path]:
    """Runs the two programs with their files in `folder`. Yields a kubeconfig of an administrator."""
    etcd, peers, port = (_free_port() for _ in range(3))
    key, tokens, kubeconfig = folder / "accounts.key", folder / "tokens.csv", folder / "kubeconfig"
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    tokens.write_text("test,test,test,system:masters\n")
    kubeconfig.write_text(_KUBECONFIG.format(port=port))
    store = [f"--data-dir={folder / 'etcd'}", "--unsafe-no-fsync", f"--listen-peer-urls=http://127.0.0.1:{peers}"]
    store += [f"--{name}-client-urls=http://127.0.0.1:{etcd}" for name in ("listen", "advertise")]
    server = [
        *(f"--etcd-servers=http://127.0.0.1:{etcd}", f"--secure-port={port}", "--bind-address=127.0.0.1"),
        *(f"--cert-dir={folder / 'certificates'}", f"--token-auth-file={tokens}", "--authorization-mode=RBAC"),
        *(f"--service-account-key-file={key}", f"--service-account-signing-key-file={key}"),
        *("--service-account-issuer=https://test", "--disable-admission-plugins=ServiceAccount"),
    ]
    both = (
        _running(folder / "etcd.log", programs / "server", *store),
        _running(folder / "api.log", programs / "kube-apiserver", *server),
    )
    with both[0], both[1]:
        ready = [programs / "kubectl", "--kubeconfig", kubeconfig, "get", "--raw", "/readyz"]
        until(f"the API server answers; see {folder / 'api.log'}", lambda: succeeds(ready), seconds=120, every=0.5)
        yield kubeconfig


@contextmanager
def _running(log: Path, *command: str | Path) -> Iterator[None]:
    with log.open("w") as output, subprocess.Popen([str(word) for word in command], stdout=output, stderr=output) as it:
        try:
            yield
        finally:
            it.kill()


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])
