"""Rights on environments, as the API server decides them: developers of the group, each for themselves."""

import json
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest
from cluster.chart_values import values_of
from cluster.environments.live import (
    GROUP,
    KIND,
    LiveEnvironment,
    developer,
    live_environment,
    manifest,
    new_developer,
    new_name,
)
from cluster.environments.traces import traces_of
from cluster.parts import Cluster
from longshore_cli.cluster import namespaces
from longshore_cli.exceptions import ClusterError

pytestmark = pytest.mark.timeout(600)


@pytest.fixture(scope="module")
def alice() -> str:
    """Returns a developer whom no other test uses, so that she has nothing yet."""
    return new_developer()


@pytest.fixture(scope="module")
def hers(cluster: Cluster, alice: str) -> Iterator[list[LiveEnvironment]]:
    """Yields as many of her environments as she may have, all asleep."""
    most = int(values_of(cluster, "environments", namespace=namespaces.ENVIRONMENTS)["environments"]["perOwner"])
    with ExitStack() as stack:
        made = [stack.enter_context(live_environment(cluster, owner=alice, asleep=True)) for _ in range(most)]
        for each in made:
            each.wait_for("Asleep")
        yield made


def refusal(cluster: Cluster, body: dict[str, Any], *who: str, namespace: str = namespaces.ENVIRONMENTS) -> str:
    """Returns the API server's objection to the object. Empty if it would accept it."""
    words = ("-n", namespace, "create", "--dry-run=server", "-f", "-", *who)
    try:
        cluster.kubectl.run(*words, what="the environment", given=json.dumps(body))
    except ClusterError as error:
        return str(error)
    return ""


def changed(cluster: Cluster, who: str, *words: str) -> str:
    """Returns the API server's objection to a change by a developer. Empty if it would allow it."""
    try:
        cluster.kubectl.run(
            "-n", namespaces.ENVIRONMENTS, *words, "--dry-run=server", *developer(who), what="the environment"
        )
    except ClusterError as error:
        return str(error)
    return ""


def may(cluster: Cluster, user: str, verb: str, resource: str, *, namespace: str, name: str = "") -> bool:
    """Returns whether a developer may do this, by all existing roles."""
    kind, _, group = resource.partition(".")
    kind, _, part = kind.partition("/")
    asked = {
        "namespace": namespace, "verb": verb, "group": group, "resource": kind, "subresource": part, "name": name
    }  # fmt: skip
    review = {
        "apiVersion": "authorization.k8s.io/v1",
        "kind": "SubjectAccessReview",
        "spec": {"user": user, "groups": [GROUP, "system:authenticated"], "resourceAttributes": asked},
    }
    said = cluster.kubectl.run("create", "-f", "-", "-o", "json", what="the review", given=json.dumps(review))
    return bool(json.loads(said)["status"]["allowed"])


def test_a_developer_makes_environments_for_themselves_only(cluster: Cluster, alice: str) -> None:
    assert refusal(cluster, manifest(new_name(), owner=alice), *developer(alice)) == ""
    said = refusal(cluster, manifest(new_name(), owner="bob"), *developer(alice))
    assert f"You are {alice}: set spec.owner to that" in said
    assert "cannot create resource" in refusal(cluster, manifest(new_name(), owner="carol"), "--as=carol")


def test_nobody_changes_or_deletes_anothers_or_takes_the_finalizer_away(
    cluster: Cluster, hers: list[LiveEnvironment], alice: str
) -> None:
    name = hers[0].name
    wake = ("patch", KIND, name, "--type=merge", "-p", json.dumps({"spec": {"asleep": False}}))
    delete = ("delete", KIND, name, "--wait=false")
    for words in (wake, delete):
        assert f"The environment is of {alice}, and you are bob" in changed(cluster, "bob", *words)
        assert changed(cluster, alice, *words) == ""
    give = ("patch", KIND, name, "--type=merge", "-p", json.dumps({"spec": {"owner": "bob"}}))
    assert "spec.owner cannot be changed" in changed(cluster, alice, *give)
    bare = ("patch", KIND, name, "--type=merge", "-p", json.dumps({"metadata": {"finalizers": None}}))
    assert "leave it where it is" in changed(cluster, alice, *bare)


def test_nobody_writes_what_the_controller_notes_of_its_work(
    cluster: Cluster, hers: list[LiveEnvironment], alice: str
) -> None:
    name, done = hers[0].name, "kopf.longshore.dev/remove"
    written = (f'{done}={{"success":true}}', "kopf.longshore.dev/last-handled-configuration={}")
    for words in written:
        said = changed(cluster, alice, "annotate", KIND, name, words, "--overwrite")
        assert "kopf.longshore.dev/ are the controller's own" in said, words
    assert changed(cluster, alice, "annotate", KIND, name, "note=mine") == ""
    body = manifest(new_name(), owner=alice)
    body["metadata"]["annotations"] = {done: '{"success":true}'}
    assert "kopf.longshore.dev/ are the controller's own" in refusal(cluster, body, *developer(alice))


def test_no_service_of_an_environments_takes_addresses_outside(cluster: Cluster, hers: list[LiveEnvironment]) -> None:
    namespace = hers[0].namespace
    body: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": "driver", "namespace": namespace},
        "spec": {"ports": [{"port": 80}], "externalIPs": ["192.0.2.1"]},
    }
    assert "has no spec.externalIPs" in refusal(cluster, body, namespace=namespace)
    del body["spec"]["externalIPs"]
    assert refusal(cluster, body, namespace=namespace) == ""


def test_its_owner_looks_into_its_namespace_and_nobody_else_does(
    cluster: Cluster, hers: list[LiveEnvironment], alice: str
) -> None:
    namespace = hers[0].namespace
    for verb, resource in (("get", "pods/log"), ("list", "events"), ("list", "deployments.apps")):
        assert may(cluster, alice, verb, resource, namespace=namespace), resource
        assert not may(cluster, "bob", verb, resource, namespace=namespace), resource
    assert may(cluster, alice, "get", "secrets", namespace=namespace, name="airflow-users")
    assert not may(cluster, "bob", "get", "secrets", namespace=namespace, name="airflow-users")
    for verb, resource in (
        *(("list", "secrets"), ("create", "pods"), ("create", "pods/exec"), ("delete", "deployments.apps")),
        *(("create", "rolebindings.rbac.authorization.k8s.io"), ("patch", "resourcequotas")),
    ):
        assert not may(cluster, alice, verb, resource, namespace=namespace), resource
    for place in (namespaces.ENVIRONMENTS, namespaces.PLATFORM, namespaces.AIRFLOW):
        assert not may(cluster, alice, "get", "secrets", namespace=place, name="airflow-connections"), place


def test_one_more_than_an_owner_may_have_waits_until_another_goes(
    cluster: Cluster, hers: list[LiveEnvironment], alice: str
) -> None:
    with live_environment(cluster, owner=alice, asleep=True) as late:
        degraded = late.wait_for_reason("Degraded", "QuotaExceeded")
        assert all(word in degraded["message"] for word in (alice, *(each.name for each in hers)))
        assert cluster.kubectl.get("namespace", late.namespace) is None
        hers.pop().delete()
        late.wait_for("Asleep")


def test_a_namespace_that_is_anothers_stays_as_it_is(cluster: Cluster) -> None:
    name = new_name()
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": f"env-{name}", "labels": {"of": "bob"}}}
    cluster.kubectl.apply(namespace)
    try:
        with live_environment(cluster, name=name) as unlucky:
            degraded = unlucky.wait_for_reason("Degraded", "NameTaken")
            assert f"env-{name}" in degraded["message"]
        found = cluster.kubectl.get("namespace", f"env-{name}") or {}
        assert found["metadata"]["labels"]["of"] == "bob"
        assert "longshore.dev/environment" not in found["metadata"]["labels"]
        assert "deletionTimestamp" not in found["metadata"]
        # Kubernetes itself puts a service account and a ConfigMap into each namespace.
        left = {each.split()[0] for each in traces_of(cluster, name)}
        assert left == {"Namespace", "ServiceAccount", "ConfigMap"}
    finally:
        cluster.kubectl.run("delete", "namespace", f"env-{name}", "--wait=false", what="the namespace")


@pytest.mark.parametrize(
    "name", ["; rm -rf /", "../other", "a" * 300, "a" * 41, "straße", "With-Capitals", "a.b", "-a", "api", "a\nb"]
)
def test_a_name_that_is_none_is_refused(cluster: Cluster, name: str) -> None:
    assert "metadata.name" in refusal(cluster, manifest(name, owner="bob"), *developer("bob"))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        *(("branch", each) for each in ("; rm -rf /", "../main", "a" * 300, "$(id)", "--upload-pack=id", "a\nb", "")),
        *(("url", each) for each in ("file:///etc", "ext::sh -c id", "https://a:b@c.d/e", "git://a/$(id)", "-u")),
        *(("subdir", each) for each in ("../../etc", "/etc", "a/../../b", "-x", "a\\b")),
        *(("credentialsSecret", each) for each in ("../a", "a b", "A" * 300)),
    ],
)
def test_a_source_that_is_none_is_refused_by_its_field(cluster: Cluster, field: str, value: str) -> None:
    git = {"url": "git://git.longshore:9418/dags.git", "branch": "main"} | {field: value}
    assert f"spec.git.{field}" in refusal(cluster, manifest(new_name(), owner="bob", git=git), *developer("bob"))


@pytest.mark.parametrize("image", ["a; id", "$(id)", "a" * 500, "ä/b:c", "a@sha256:short"])
def test_an_image_that_is_none_is_refused_by_its_field(cluster: Cluster, image: str) -> None:
    assert "spec.image" in refusal(cluster, manifest(new_name(), owner="bob", image=image), *developer("bob"))
