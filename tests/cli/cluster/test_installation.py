"""The writes of `longshore cluster up`: each thing once and in its final form, wherever it is interrupted."""

import json
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from longshore_cli.cluster import namespaces
from longshore_cli.cluster.images.platform_images import IMAGES
from longshore_cli.cluster.installation import Installation, connected_virtual_cluster
from longshore_cli.cluster.layout import ClusterLayout
from longshore_cli.cluster.secrets.keys import read_or_create_keys
from longshore_cli.exceptions import ClusterError
from support.serving import client, serving, write_files

from .recorded_cluster import RecordedCluster

TEMPLATE = {
    "name": "load",
    "jobTemplateData": {
        "releaseLabel": "shell",
        "executionRoleArn": "arn:aws:iam::000000000000:role/job",
        "jobDriver": {"sparkSubmitJobDriver": {"entryPoint": "local:///opt/longshore/load.sh"}},
    },
}
NAMES = [image.name for image in IMAGES]
POLICIES = "longshore server.policies"


@pytest.fixture(scope="module")
def emr(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """A client of a real job server."""
    folder = tmp_path_factory.mktemp("job-server")
    write_files(folder, {})
    with serving(folder) as url:
        yield client(url)


class Checkout:
    """A checkout that installs into one cluster."""

    def __init__(self, folder: Path, emr: Any) -> None:
        (folder / "job-templates").mkdir()
        self.cluster, self.emr, self.folder = RecordedCluster(folder), emr, folder
        self.tags = dict.fromkeys(NAMES, "old")
        self.yunikorn: dict[str, str] | None = {"scheduler.image.registry": "localhost:5001"}
        self.observed = False
        self.write_template("old")
        for each in emr.list_virtual_clusters(states=["RUNNING"])["virtualClusters"]:
            emr.delete_virtual_cluster(id=each["id"])

    def write_template(self, note: str) -> None:
        template = TEMPLATE | {"tags": {"note": note}}
        (self.folder / "job-templates" / "load.yaml").write_text(yaml.safe_dump(template))

    def up(self) -> str:
        """Calls the part of `longshore cluster up` that writes into the cluster."""
        return Installation(
            layout=ClusterLayout(self.folder),
            tools=self.cluster.tools,
            kubectl=self.cluster.kubectl,
            keys=read_or_create_keys(self.cluster.kubectl),
            emr=self.emr,
            tags=self.tags,
            yunikorn=self.yunikorn,
            observed=self.observed,
            say=self.cluster.say,
        ).install()

    def newest_template(self) -> str:
        found = [each for each in self.emr.list_job_templates()["templates"] if each["name"] == "load"]
        return max(found, key=lambda each: int(each["id"], 36))["tags"]["note"]


@pytest.fixture
def checkout(tmp_path: Path, emr: Any) -> Checkout:
    return Checkout(tmp_path, emr)


def names_the_virtual_cluster(connections: str) -> bool:
    services = json.loads(connections)["aws_default"]["extra"]["service_config"]
    return "virtual_cluster_id" in services["emr-containers"]


def test_a_new_cluster_is_written_once_but_for_the_policies_that_need_the_virtual_clusters_id(
    checkout: Checkout,
) -> None:
    production = checkout.up()
    values = checkout.cluster.values()
    assert {key for key, each in values.items() if len(each) > 1} == {POLICIES}
    assert f"virtualclusters/{production}" in values[POLICIES][-1]
    order = [key for key, _ in checkout.cluster.history]
    last_policies = len(order) - order[::-1].index(POLICIES)
    assert not any(key.startswith(("airflow ", "environments ")) for key in order[:last_policies])


def test_a_second_call_changes_nothing_also_from_another_checkout(checkout: Checkout) -> None:
    checkout.up()
    before = {key: values[-1] for key, values in checkout.cluster.values().items()}
    checkout.cluster.history.clear()
    checkout.up()
    again = {key: value for key, value in checkout.cluster.history if value}
    assert {key: value for key, value in again.items() if before.get(key) != value} == {}
    assert {key: values for key, values in checkout.cluster.values().items() if len(values) > 1} == {}
    assert any(key.startswith("job template unchanged") for key, _ in checkout.cluster.history)


def test_airflow_never_has_a_connection_without_a_virtual_cluster(checkout: Checkout) -> None:
    for _ in range(2):
        checkout.up()
    written = [value for key, value in checkout.cluster.history if key.startswith("Secret airflow/airflow-connections")]
    connections = [value for value in written if "aws_default" in value]
    assert connections
    assert all(map(names_the_virtual_cluster, connections))


def test_an_airflow_finds_the_platform_and_the_job_templates_of_its_own_version(checkout: Checkout) -> None:
    checkout.up()
    checkout.cluster.history.clear()
    checkout.tags = dict.fromkeys(NAMES, "new")
    checkout.write_template("new")
    checkout.up()
    order = [key.split("  ")[0] for key, _ in checkout.cluster.history]
    places = [
        "longshore releases.spark-4\\.1.image.tag",
        "longshore/all is ready",
        "job template replaced",
        "airflow image.tag",
        "environments environments.image.tag",
    ]
    assert [order.index(place) for place in places] == sorted(order.index(place) for place in places)


def test_airflow_sends_metrics_only_where_something_takes_them(checkout: Checkout) -> None:
    for checkout.observed, place in ((False, ""), (True, "http://collector.observability:4318")):
        checkout.up()
        assert checkout.cluster.values()["airflow metrics.otlpUrl"][-1] == place


def test_a_lost_virtual_cluster_is_made_again_and_running_pods_learn_it_at_once(checkout: Checkout) -> None:
    first = checkout.up()
    checkout.emr.delete_virtual_cluster(id=first)
    second = checkout.up()
    assert second != first
    assert connected_virtual_cluster(checkout.cluster.kubectl) == second
    assert (f"annotation {namespaces.AIRFLOW}", f"longshore.dev/virtual-cluster={second}") in checkout.cluster.history


def test_a_connection_of_an_earlier_version_without_a_virtual_cluster_is_completed(checkout: Checkout) -> None:
    production = checkout.up()
    secret = checkout.cluster.objects["secret", "airflow", "airflow-connections"]
    text = json.loads(secret["stringData"]["connections.json"])
    del text["aws_default"]["extra"]["service_config"]["emr-containers"]["virtual_cluster_id"]
    checkout.cluster.kubectl.apply(secret | {"stringData": {"connections.json": json.dumps(text)}})
    assert connected_virtual_cluster(checkout.cluster.kubectl) is None
    assert checkout.up() == production
    assert connected_virtual_cluster(checkout.cluster.kubectl) == production


@settings(max_examples=12, database=None)
@given(
    changed=st.sets(st.sampled_from(NAMES)),
    template=st.booleans(),
    yunikorn=st.booleans(),
    lost=st.sets(st.sampled_from(["s3-credentials", "environments-credentials", "lake-db"]), max_size=1),
    kubectl=st.one_of(st.none(), st.integers(0, 7)),
    helm=st.one_of(st.none(), st.integers(0, 3)),
)
def test_an_upgrade_gives_each_key_its_new_value_in_one_step_wherever_it_is_interrupted(
    emr: Any,
    changed: set[str],
    template: bool,
    yunikorn: bool,
    lost: set[str],
    kubectl: int | None,
    helm: int | None,
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        checkout = Checkout(Path(folder), emr)
        checkout.yunikorn = checkout.yunikorn if yunikorn else None
        checkout.up()
        before = {key: values[-1] for key, values in checkout.cluster.values().items()}
        checkout.cluster.history.clear()
        for name in lost:  # a Secret that an operator has deleted, or that this version adds
            del checkout.cluster.objects["secret", "longshore", name]
        checkout.tags |= dict.fromkeys(changed, "new")
        if template:
            checkout.write_template("new")
        checkout.cluster.interrupt(kubectl=kubectl, helm=helm)
        for _ in range(2):  # the failure of kubectl, and that of helm
            with suppress(ClusterError):
                checkout.up()
        checkout.cluster.interrupt(kubectl=None, helm=None)  # a failure that no attempt has come to
        checkout.up()
        written = {key: values for key, values in checkout.cluster.values().items() if values != [""]}
        steps = {key: [value for value in values if value != before.get(key)] for key, values in written.items()}
        assert {key: values for key, values in steps.items() if len(values) > 1} == {}
        unchanged = [key for key, values in steps.items() if not values]
        assert all(written[key] == [before[key]] for key in unchanged)
        assert {key: values for key, values in written.items() if values[-1] == before.get(key) and values[1:]} == {}
        assert checkout.newest_template() == ("new" if template else "old")
