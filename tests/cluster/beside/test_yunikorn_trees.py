"""Our verdicts about trees of queues are YuniKorn's."""

from pathlib import Path

from cluster.gangs.yunikorn_api import YuniKorn
from cluster.parts import ROOT, Cluster
from helm.rendering import Helm
from helm.yunikorn.trees import TREES
from helm.yunikorn.unchecked import chart_without_checks, queues_yaml


def test_yunikorn_takes_and_refuses_the_trees_that_the_chart_does(
    yunikorn: YuniKorn, cluster: Cluster, tmp_path: Path
) -> None:
    helm, chart = Helm(cluster.environment.helm), chart_without_checks(ROOT / "helm" / "yunikorn", tmp_path)
    verdicts = [(tree, yunikorn.verdict(queues_yaml(helm, chart, tree.values, tmp_path))) for tree in TREES]
    wrong = {
        tree.name: verdict.get("reason", "it is allowed")
        for tree, verdict in verdicts
        if verdict["allowed"] != (tree.good or not tree.by_yunikorn)
    }
    assert wrong == {}
