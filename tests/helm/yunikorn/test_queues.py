"""YuniKorn's configuration: placement, properties and resources, as they come from the values."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from helm.rendering import Helm, by_kind
from helm.yunikorn.trees import q
from helm.yunikorn.unchecked import queues_yaml

Manifests = list[dict[str, Any]]
NAMESPACE = {"name": "tag", "value": "namespace"}


@pytest.fixture
def partition(helm: Helm, chart: Path, tmp_path: Path) -> Any:
    """The one partition under values."""

    def of(*queues: dict[str, Any], **more: Any) -> dict[str, Any]:
        text = queues_yaml(helm, chart, {"queues": list(queues), **more}, tmp_path)
        (found,) = yaml.safe_load(text)["partitions"]
        return dict(found)

    return of


def test_the_namespace_and_the_user_decide_and_nothing_that_a_pod_says(partition: Any) -> None:
    within = {"parent": NAMESPACE}
    assert partition(q("default"), q("jobs", q("default")))["placementrules"] == [
        NAMESPACE,
        {"name": "user", **within},
        {"name": "fixed", "value": "default", **within},
        {"name": "fixed", "value": "root.default"},
    ]
    # A namespace without a queue is taken only where there is a queue for that.
    assert partition(q("jobs", q("default")))["placementrules"][-1] == {"name": "fixed", "value": "default", **within}


def test_only_a_namespace_that_names_a_parent_has_a_queue_made_and_before_all_else(partition: Any) -> None:
    rules = partition(q("default"), q("envs", parent=True))["placementrules"]
    assert rules[0] == NAMESPACE | {"create": True, "parent": {"name": "tag", "value": "namespace.parentqueue"}}
    assert rules[1:] == partition(q("default"))["placementrules"]
    assert not any("create" in rule for rule in rules[1:])


def test_a_queue_that_is_made_has_what_others_inherit(partition: Any) -> None:
    given: dict[str, Any] = {
        "max": {"cpu": 4},
        "gang": {"style": "Soft", "timeoutSeconds": 60},
        "preemption": {"policy": "fence", "delaySeconds": 45},
        "priority": {"offset": 5},
    }
    (root,) = partition(q("envs", parent=True, template={"max": {"cpu": 1.5}}, **given))["queues"]
    assert root["queues"][0]["parent"] is True
    assert root["queues"][0]["childtemplate"] == {
        "resources": {"max": {"vcore": "1500m"}},
        "properties": {
            "preemption.delay": "45s",
            "longshore.gang.style": "Soft",
            "longshore.gang.timeout": "60",
        },
    }
    (root,) = partition(q("envs", parent=True, preemption={"policy": "disabled"}))["queues"]
    assert root["queues"][0]["childtemplate"] == {"properties": {"preemption.policy": "disabled"}}
    (root,) = partition(q("envs", parent=True))["queues"]
    assert root["queues"] == [{"name": "envs", "parent": True}]


@pytest.mark.parametrize("values", ["values.yaml", "values-kind.yaml", "values-eks.yaml"])
def test_every_installation_has_room_for_environments(helm: Helm, chart: Path, values: str) -> None:
    rendered = helm.template(chart, namespace="yunikorn", values=[chart / values])
    text = by_kind(rendered, "ConfigMap")["yunikorn-configs"]["data"]["queues.yaml"]
    (root,) = yaml.safe_load(text)["partitions"][0]["queues"]
    assert [queue["parent"] for queue in root["queues"] if queue["name"] == "environments"] == [True]


def test_everyone_may_submit_unless_it_is_said_who(partition: Any) -> None:
    (root,) = partition(q("a"))["queues"]
    assert root["submitacl"] == "*"
    closed = {"submit": {"users": ["ann", "bob"], "groups": ["ops"]}, "admin": {"groups": ["root"]}}
    (root,) = partition(q("a"), root=closed)["queues"]
    assert (root["submitacl"], root["adminacl"]) == ("ann,bob ops", " root")
    (root,) = partition(q("a"), root={"submit": {"users": []}})["queues"]
    assert "submitacl" not in root


def test_a_queue_says_what_its_values_say(partition: Any) -> None:
    given = {
        "guaranteed": {"cpu": 1.5, "memory": "1.5Gi"},
        "max": {"cpu": 4, "memory": "20Gi", "nvidia.com/gpu": 2},
        "maxApplications": 5,
        "sort": "fifo",
        "preemption": {"policy": "fence", "delaySeconds": 45},
        "priority": {"policy": "fence", "offset": -10},
        "gang": {"style": "Hard", "timeoutSeconds": 120},
        "limits": [{"users": ["ann", "*"], "max": {"cpu": "500m"}}, {"groups": ["ops"], "maxApplications": 2}],
    }
    (root,) = partition(q("a", **given))["queues"]
    assert root["queues"] == [
        {
            "name": "a",
            "resources": {
                "guaranteed": {"vcore": "1500m", "memory": str(3 * 2**29)},
                "max": {"vcore": "4", "memory": "20Gi", "nvidia.com/gpu": "2"},
            },
            "maxapplications": 5,
            "properties": {
                "application.sort.policy": "fifo",
                "preemption.policy": "fence",
                "preemption.delay": "45s",
                "priority.policy": "fence",
                "priority.offset": "-10",
                "longshore.gang.style": "Hard",
                "longshore.gang.timeout": "120",
            },
            "limits": [
                {"limit": "ann, *", "users": ["ann", "*"], "maxresources": {"vcore": "500m"}},
                {"limit": "ops", "groups": ["ops"], "maxapplications": 2},
            ],
        }
    ]


def test_nodes_are_filled_one_after_the_other_unless_they_shall_be_even(partition: Any) -> None:
    assert partition(q("a"))["nodesortpolicy"] == {"type": "binpacking"}
    even = {"policy": "fair", "weights": {"cpu": 2, "memory": 0.5}}
    assert partition(q("a"), nodeSort=even)["nodesortpolicy"] == {
        "type": "fair",
        "resourceweights": {"vcore": 2, "memory": 0.5},
    }


def test_preemption_can_be_turned_off(partition: Any) -> None:
    assert partition(q("a"))["preemption"] == {"enabled": True}
    assert partition(q("a"), preemption={"enabled": False})["preemption"] == {"enabled": False}


def test_the_local_cluster_has_a_queue_for_the_owners_of_this_repositorys_dags(kind: Manifests) -> None:
    dags = Path(__file__).parents[3] / "dags"
    owners = {part.split('"')[1] for path in dags.glob("*.py") for part in path.read_text().split('"owner": ')[1:]}
    text = by_kind(kind, "ConfigMap")["yunikorn-configs"]["data"]["queues.yaml"]
    (root,) = yaml.safe_load(text)["partitions"][0]["queues"]
    (jobs,) = [queue for queue in root["queues"] if queue["name"] == "jobs"]
    assert {queue["name"] for queue in jobs["queues"]} == owners | {"default"}
    assert jobs["properties"]["longshore.gang.style"] == "Soft"


def test_priority_classes_say_whether_their_pods_may_be_ended(kind: Manifests) -> None:
    (urgent,) = by_kind(kind, "PriorityClass").values()
    assert urgent["metadata"]["annotations"] == {"yunikorn.apache.org/allow-preemption": "false"}
    assert urgent["value"] == 1000


def test_the_tree_of_the_operators_page_is_a_good_one(partition: Any) -> None:
    page = (Path(__file__).parents[3] / "docs" / "yunikorn" / "operating.md").read_text()
    (shown,) = re.findall(r"```yaml\n(.*?)```", page, re.DOTALL)
    (root,) = partition(*yaml.safe_load(shown)["queues"])["queues"]
    assert [queue["name"] for queue in root["queues"]] == ["default", "jobs", "environments"]
