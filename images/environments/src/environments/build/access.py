"""Role bindings in an environment's namespace.

The roles themselves belong to the chart (helm/environments, templates/access). The controller therefore needs no right
to create roles, and cannot grant more than they hold.
"""

from collections.abc import Mapping
from typing import Any

from environments.build.objects import Manifest, account, manifest
from environments.resource.names import ACCOUNT
from environments.resource.spec import Environment
from environments.settings import Settings

ROLES = "longshore-environment"
"""The prefix of the ClusterRoles' names."""
_API = "rbac.authorization.k8s.io/v1"


def own_access(environment: Environment, settings: Settings) -> Manifest:
    """Returns the controller's own binding; without it, the controller only has rights on the namespace itself."""
    return _binding(environment, "controller", account(f"{settings.namespace}/{ACCOUNT}"))


def access(environment: Environment, settings: Settings) -> tuple[Manifest, ...]:
    """Returns the owner's binding and, if jobs run here, Spark's service account and the bindings that jobs need."""
    user = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": environment.owner}
    bindings = [_binding(environment, "owner", user)]
    if not settings.job_server_url:
        return tuple(bindings)
    bindings.append(_binding(environment, "job-server", account(settings.job_server_account)))
    bindings.append(_binding(environment, "spark-driver", account(f"{environment.names.namespace}/spark")))
    if settings.yunikorn_account:
        bindings.append(_binding(environment, "placeholders", account(settings.yunikorn_account)))
    # Only Spark drivers get its token.
    spark = manifest(environment, "ServiceAccount", "spark", automountServiceAccountToken=False)
    return spark, *bindings


def _binding(environment: Environment, name: str, subject: Mapping[str, Any]) -> Manifest:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{ROLES}-{name}"}
    # The binding is named after the role, because a binding's role cannot be changed.
    return manifest(environment, "RoleBinding", f"environment-{name}", api=_API, roleRef=role, subjects=[dict(subject)])
