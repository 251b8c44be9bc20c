"""Rights are bound to the chart's roles, in the environment's namespace, for those who need them."""

from dataclasses import replace

from environments.build.access import access, own_access
from images.environments.world import SETTINGS, environment

JOBS = replace(SETTINGS, job_server_url="http://jobs:8998", yunikorn_account="yunikorn/yunikorn")


def test_the_owner_has_the_owners_role_here() -> None:
    (binding,) = access(environment(owner="bob"), SETTINGS)
    assert binding["metadata"]["namespace"] == "env-mine"
    assert binding["roleRef"]["name"] == "longshore-environment-owner"
    assert binding["subjects"] == [{"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": "bob"}]


def test_where_jobs_run_here_those_who_run_them_have_their_roles() -> None:
    found = {each["metadata"]["name"]: each for each in access(environment(), JOBS)}
    server = {"kind": "ServiceAccount", "namespace": "longshore", "name": "emr-containers"}
    assert found["environment-job-server"]["subjects"] == [server]
    driver = {"kind": "ServiceAccount", "namespace": "env-mine", "name": "spark"}
    assert found["environment-spark-driver"]["subjects"] == [driver]
    assert found["environment-placeholders"]["subjects"][0]["namespace"] == "yunikorn"
    assert found["spark"]["automountServiceAccountToken"] is False


def test_every_binding_is_in_the_namespace_only() -> None:
    kinds = {each["kind"] for each in access(environment(), JOBS)}
    assert kinds == {"RoleBinding", "ServiceAccount"}


def test_the_controller_binds_itself() -> None:
    binding = own_access(environment(), SETTINGS)
    account = {"kind": "ServiceAccount", "namespace": "environments", "name": "environments"}
    assert binding["subjects"] == [account]
    assert binding["roleRef"]["name"] == "longshore-environment-controller"
