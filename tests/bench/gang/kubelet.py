"""kwok on this machine: it keeps the fake nodes alive, and plays the kubelet for the pods on them.

Source: https://kwok.sigs.k8s.io, "Stages Configuration".
"""

import json
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from longshore_cli.cluster.images import go_programs
from longshore_cli.cluster.layout import ClusterLayout

from bench.gang.manifests import NODE_LABEL, ROLE_LABEL

_PACKAGE = "sigs.k8s.io/kwok/cmd/kwok"
_FOLDER = "tests/bench/gang/kwok"
_LEASE_SECONDS = 140
"""Renewed after a quarter of it: soon enough for the node controller (50 s), seldom enough for a small machine."""
_END_SECONDS = 20
_SHOWN = 2_000
"""Characters of its log."""
# A pod has no address: the firewall of the real nodes looks at those that have one.
_RUNNING = """\
phase: Running
startTime: {{ Now | Quote }}
conditions:
- {type: Initialized, status: "True"}
- {type: Ready, status: "True"}
- {type: ContainersReady, status: "True"}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  restartCount: 0
  ready: true
  started: true
  state: {running: {startedAt: {{ Now | Quote }}}}
{{ end }}
"""


@contextmanager
def kwok(layout: ClusterLayout, folder: Path, say: Callable[[str], None]) -> Iterator[Callable[[], None]]:
    """kwok runs; it is built where it is not in the cache. What is given raises RuntimeError if it has ended by itself.

    Args:
        folder: for its configuration and its log.

    Raises:
        ClusterError: it cannot be built.
    """
    program = go_programs.build(layout, _FOLDER, [_PACKAGE], say) / go_programs.program_name(_PACKAGE)
    configuration, log = folder / "kwok.yaml", folder / "kwok.log"
    # JSON is YAML.
    configuration.write_text("\n---\n".join(json.dumps(each) for each in (_settings(), *stages())))
    command = [str(program), f"--kubeconfig={layout.kubeconfig}", f"--config={configuration}"]
    with log.open("wb") as file:
        # In a session of its own: a Ctrl-C ends it only after what it plays for has been removed.
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=file, stderr=file, start_new_session=True)

    def check() -> None:
        if process.poll() is not None:
            raise RuntimeError(f"kwok has ended: {log.read_text()[-_SHOWN:]}")

    try:
        yield check
    finally:
        process.terminate()
        try:
            process.wait(timeout=_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def stages() -> list[dict[str, Any]]:
    """Stages by which a gang's pod runs once it has a node. Placeholders need not run, since nothing waits for them.

    None ends by itself, and all are removed without a time of grace.
    """
    pending = [(".metadata.deletionTimestamp", "DoesNotExist"), (".status.phase", "In", "Pending")]
    return [
        _stage("Pod", "run", [*pending, (f'.metadata.labels["{ROLE_LABEL}"]', "Exists")], {"statusTemplate": _RUNNING}),
        # kwok renews leases only where there is a stage for nodes; ours are Ready from their beginning.
        _stage("Node", "ready", [(".status.phase", "In", "Never")], {"statusTemplate": "phase: Running"}),
    ]


def _stage(kind: str, name: str, rules: list[tuple[str, ...]], to: dict[str, Any]) -> dict[str, Any]:
    expressions = [
        {"key": key, "operator": operator, **({"values": values} if values else {})} for key, operator, *values in rules
    ]
    return {
        "apiVersion": "kwok.x-k8s.io/v1alpha1",
        "kind": "Stage",
        "metadata": {"name": f"{kind.lower()}-{name}"},
        "spec": {
            "resourceRef": {"apiGroup": "v1", "kind": kind},
            "selector": {"matchExpressions": expressions},
            "next": to,
        },
    }


def _settings() -> dict[str, Any]:
    options = {
        "manageNodesWithLabelSelector": f"{NODE_LABEL}=true",
        "nodeLeaseDurationSeconds": _LEASE_SECONDS,
        "podPlayStageParallelism": 16,
        # kwok has no defaults for these where it is given a configuration.
        "nodePlayStageParallelism": 4,
        "nodeLeaseParallelism": 4,
        "podsOnNodeSyncParallelism": 1,
    }
    return {"apiVersion": "config.kwok.x-k8s.io/v1alpha1", "kind": "KwokConfiguration", "options": options}
