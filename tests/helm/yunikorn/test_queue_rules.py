"""The chart, and a checker of our own over what it renders, come to the same verdict about every tree of queues."""

import json
from pathlib import Path

import pytest
import yaml
from helm.rendering import Helm
from helm.yunikorn.queue_rules import problems
from helm.yunikorn.trees import TREES, Tree
from helm.yunikorn.unchecked import queues_yaml

BY_NAME = pytest.mark.parametrize("tree", TREES, ids=lambda tree: tree.name)


@BY_NAME
def test_the_chart_takes_the_good_ones_and_refuses_the_bad_ones_with_the_reason(
    helm: Helm, chart: Path, tmp_path: Path, tree: Tree
) -> None:
    if tree.good:
        assert problems(yaml.safe_load(queues_yaml(helm, chart, tree.values, tmp_path))) == []
    else:
        file = tmp_path / "values.json"
        file.write_text(json.dumps(tree.values))
        assert tree.word.lower() in helm.refusal(chart, namespace="yunikorn", values=[file]).lower()


@BY_NAME
def test_the_checker_says_the_same_of_what_would_be_rendered(
    helm: Helm, unchecked: Path, tmp_path: Path, tree: Tree
) -> None:
    found = problems(yaml.safe_load(queues_yaml(helm, unchecked, tree.values, tmp_path)))
    if tree.good:
        assert found == []
    else:
        assert any(tree.word.lower() in text.lower() for text in found), found


@pytest.mark.parametrize("values", ["values.yaml", "values-kind.yaml", "values-eks.yaml"])
def test_the_trees_of_the_charts_own_files_are_good(helm: Helm, chart: Path, tmp_path: Path, values: str) -> None:
    given = yaml.safe_load((chart / values).read_text())
    assert problems(yaml.safe_load(queues_yaml(helm, chart, given, tmp_path))) == []


def test_names_of_trees_differ() -> None:
    assert len({tree.name for tree in TREES}) == len(TREES)


def test_the_checker_refuses_what_the_chart_cannot_say() -> None:
    def config(**root: object) -> dict[str, object]:
        return {"partitions": [{"name": "default", "queues": [{"name": "root", **root}]}]}

    assert problems(config(queues=[{"name": "a"}])) == []
    assert "queuess" in problems(config(queuess=[]))[0]
    assert "no resources" in problems(config(resources={"max": {"vcore": "1"}}))[0]
    assert "more than users and groups" in problems(config(submitacl="a b c"))[0]
    assert "no property" in problems(config(properties={"application.sort": "fifo"}))[0]
    assert "parent" in problems(config(queues=[{"name": "a", "queues": [{"name": "b"}]}]))[0]
