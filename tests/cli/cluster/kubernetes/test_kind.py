from pathlib import Path

import pytest
import yaml
from longshore_cli.cluster import addresses
from longshore_cli.cluster.kubernetes.kind import configuration, removal_began

BASE = yaml.safe_load((Path(__file__).parents[4] / "kind-config.yaml").read_text())


def patches(config: dict[str, object]) -> dict[str, dict[str, object]]:
    found = [yaml.safe_load(text) for text in config.get("kubeadmConfigPatches", [])]  # type: ignore[attr-defined]
    return {each["kind"]: each for each in found}


def test_the_file_is_used_as_it_is_where_the_nodes_image_is_kinds_own() -> None:
    assert configuration(BASE, published=True, cgroup_v2=True) == BASE


def test_cgroup_v1_is_allowed_on_a_machine_without_v2() -> None:
    config = configuration(BASE, published=True, cgroup_v2=False)
    kubelet = {"kind": "KubeletConfiguration", "failCgroupV1": False}
    assert patches(config) == patches(BASE) | {"KubeletConfiguration": kubelet}
    assert config["nodes"] == BASE["nodes"]


def test_our_nodes_kubelet_uses_the_cgroup_driver_of_our_containerd() -> None:
    found = patches(configuration(BASE, published=False, cgroup_v2=True))
    assert found["KubeletConfiguration"]["cgroupDriver"] == "cgroupfs"
    assert "failCgroupV1" not in found["KubeletConfiguration"]
    assert found["JoinConfiguration"]["nodeRegistration"] == {"ignorePreflightErrors": ["all"]}


@pytest.mark.parametrize("kind", ["InitConfiguration", "JoinConfiguration"])
def test_nodes_of_a_busy_machine_may_take_longer_than_kubeadm_waits(kind: str) -> None:
    assert "20m0s" in str(patches(BASE)[kind]["timeouts"])


def test_there_are_one_control_plane_two_workers_and_only_ports_of_this_machine() -> None:
    assert [node["role"] for node in BASE["nodes"]] == ["control-plane", "worker", "worker"]
    assert {each["listenAddress"] for each in BASE["nodes"][0]["extraPortMappings"]} == {"127.0.0.1"}


def test_every_address_of_this_machine_has_its_port() -> None:
    ports = {each["hostPort"] for each in BASE["nodes"][0]["extraPortMappings"]}
    public = (addresses.PUBLIC_API, addresses.PUBLIC_AIRFLOW, addresses.PUBLIC_HISTORY, addresses.PUBLIC_GATEWAY)
    assert {int(address.rpartition(":")[2]) for address in public} == ports


@pytest.mark.parametrize(
    "nodes",
    [
        ["dead control-plane", "running worker"],
        ["running control-plane", "removing worker"],
        ["running worker", "running worker"],
        [],
    ],
)
def test_a_cluster_with_an_interrupted_removal_is_recognised(nodes: list[str]) -> None:
    assert removal_began(nodes)


@pytest.mark.parametrize("state", ["running", "exited", "created", "restarting", "paused"])
def test_a_cluster_whose_nodes_were_only_stopped_is_kept(state: str) -> None:
    assert not removal_began([f"{state} control-plane", "running worker"])
