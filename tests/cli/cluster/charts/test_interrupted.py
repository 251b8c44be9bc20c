"""A Helm that is killed in the middle of a change, and the next `longshore cluster up`."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from longshore_cli.base.programs import run
from longshore_cli.cluster.charts.interrupted import one_at_a_time, restored_revision
from longshore_cli.cluster.charts.releases import Settings, install
from longshore_cli.cluster.kubernetes.kubectl import Kubectl
from longshore_cli.cluster.kubernetes.tools import Tools, find_helm
from longshore_cli.cluster.layout import ClusterLayout
from support.waiting import until

from .api_server import api_server, programs

LAYOUT = ClusterLayout(Path(__file__).parents[4])
PROGRAMS, HELM = programs(LAYOUT), find_helm(LAYOUT)
CALLER = """
import sys
from pathlib import Path
from longshore_cli.base.programs import run
from longshore_cli.cluster.charts.interrupted import one_at_a_time
from longshore_cli.cluster.layout import ClusterLayout
with one_at_a_time(ClusterLayout(Path(sys.argv[1])), print) as lock:
    program = 'cd "$0"; touch runs; until [ -e go ]; do sleep 0.05; done; touch ended'
    run(["sh", "-c", program, sys.argv[1]], what="x", held=[lock])
"""
CHART = {
    "Chart.yaml": "apiVersion: v2\nname: parts\nversion: 1.0.0\n",
    "values-kind.yaml": "",
    "templates/part.yaml": """\
{{- range $name, $_ := .Values.parts }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ $name }}, labels: {parts: "yes"}}
{{- end }}
""",
    "templates/hook.yaml": """\
{{- if .Values.hangs }}
apiVersion: batch/v1
kind: Job
metadata: {name: never-ends, annotations: {helm.sh/hook: "post-install,post-upgrade"}}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: main}]}}}
{{- end }}
""",
}


def revisions(*statuses: str) -> list[dict[str, Any]]:
    return [{"revision": number, "status": status} for number, status in enumerate(statuses, start=1)]


@pytest.mark.parametrize(
    ("statuses", "restored"),
    [
        (["pending-install"], 1),
        (["failed", "pending-upgrade"], 2),
        (["deployed", "pending-upgrade"], 1),
        (["superseded", "deployed", "failed", "pending-upgrade"], 2),
        (["superseded", "deployed", "pending-upgrade", "pending-rollback"], 2),
        (["superseded", "superseded", "pending-upgrade"], 2),
        (["superseded", "failed", "superseded", "failed", "pending-upgrade"], 3),
        (["pending-install", "pending-rollback"], 2),
    ],
)
def test_the_revision_that_was_in_force_is_restored(statuses: list[str], restored: int) -> None:
    assert restored_revision(revisions(*statuses)) == restored


@dataclass
class Release:
    """The release `parts` in a namespace of its own."""

    layout: ClusterLayout
    tools: Tools
    namespace: str
    said: list[str] = field(default_factory=list)

    def install(self, *parts: str) -> None:
        settings: Settings = {"parts": {part: {} for part in parts}}
        namespace, say = self.namespace, self.said.append
        install(self.layout, self.tools, chart="parts", namespace=namespace, settings=settings, say=say)

    def cut_off(self, *parts: str, status: str) -> None:
        """Begins a change to these parts, and kills its Helm once they are written."""
        words = ["upgrade", "--install", "parts", str(self.layout.root / "helm/parts"), "--set", "hangs=true"]
        words += ["--set-json", f"parts={json.dumps({part: {} for part in parts})}"]
        with subprocess.Popen([*self._helm, *words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as helm:
            until("the parts are written", lambda: set(parts) <= self.parts(), seconds=60)
            helm.kill()
        assert self.status() == status

    def status(self) -> str:
        shown = run([*self._helm, "status", "parts", "--output", "json"], what="the release")
        return str(json.loads(shown)["info"]["status"])

    def parts(self) -> set[str]:
        kubectl = Kubectl(program=self.tools.kubectl, kubeconfig=self.layout.kubeconfig)
        found = kubectl.list("configmaps", namespace=self.namespace, selector="parts=yes")
        return {str(each["metadata"]["name"]) for each in found}

    @property
    def _helm(self) -> list[str]:
        return [self.tools.helm, "--namespace", self.namespace, "--kubeconfig", str(self.layout.kubeconfig)]


@pytest.fixture(scope="module")
def kubeconfig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    if PROGRAMS is None or HELM is None:
        pytest.skip("there is no helm and kube-apiserver: `longshore cluster up` builds them where none can be pulled")
    with api_server(PROGRAMS, tmp_path_factory.mktemp("api-server")) as made:
        yield made


@pytest.fixture
def release(kubeconfig: Path, tmp_path: Path) -> Release:
    for name, text in CHART.items():
        path = tmp_path / "helm" / "parts" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    layout = ClusterLayout(tmp_path)
    layout.state.mkdir(parents=True)
    layout.kubeconfig.write_text(kubeconfig.read_text())
    made = Release(layout, Tools(kind="kind", helm=str(HELM), kubectl=f"{PROGRAMS}/kubectl"), f"n{uuid4().hex[:8]}")
    kubectl = Kubectl(program=made.tools.kubectl, kubeconfig=layout.kubeconfig)
    kubectl.run("create", "namespace", made.namespace, what="the namespace")
    return made


def test_an_upgrade_that_was_killed_leaves_nothing_and_the_next_one_works(release: Release) -> None:
    release.install("old", "both")
    release.cut_off("both", "extra", status="pending-upgrade")
    release.install("both", "new")
    assert (release.status(), release.parts()) == ("deployed", {"both", "new"})
    restored = ["an earlier change of the release 'parts' was interrupted; restoring its revision 1 first"]
    # On a busy machine the next one may wait first until the killed Helm has ended.
    assert [line for line in release.said if not line.startswith("waiting: another Helm")] == restored
    release.said.clear()
    release.install("both")
    assert (release.status(), release.parts(), release.said) == ("deployed", {"both"}, [])


def test_a_first_installation_that_was_killed_is_completed_and_its_objects_stay(release: Release) -> None:
    release.cut_off("old", "both", status="pending-install")
    kubectl = Kubectl(program=release.tools.kubectl, kubeconfig=release.layout.kubeconfig)
    before = kubectl.get("configmap", "both", namespace=release.namespace)
    release.install("both", "new")
    assert (release.status(), release.parts()) == ("deployed", {"both", "new"})
    after = kubectl.get("configmap", "both", namespace=release.namespace)
    assert before is not None
    assert after is not None
    assert after["metadata"]["uid"] == before["metadata"]["uid"]


def test_a_helm_that_outlives_its_caller_ends_before_the_next_one_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    caller = subprocess.Popen([sys.executable, "-c", CALLER, tmp_path], stdout=subprocess.PIPE)
    until("the program runs", (tmp_path / "runs").exists)
    caller.kill()
    caller.communicate()
    said: list[str] = []

    def say(line: str) -> None:
        said.append(line)
        assert not (tmp_path / "ended").exists()
        (tmp_path / "go").touch()

    with one_at_a_time(ClusterLayout(tmp_path), say):
        assert (tmp_path / "ended").exists()
    assert len(said) == 1
