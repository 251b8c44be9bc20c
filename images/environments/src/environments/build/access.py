"""Who may do what in an environment's namespace.

Only bindings: the roles are the chart's (helm/environments, templates/access), so that the controller needs no right to
make any, and cannot hand out more than they hold.
"""

from collections.abc import Mapping
from typing import Any

from environments.build.objects import Manifest, account, manifest
from environments.names import ACCOUNT
from environments.settings import Settings
from environments.spec import Environment

ROLES = "longshore-environment"
"""What the ClusterRoles' names begin with."""
_API = "rbac.authorization.k8s.io/v1"


def own_access(environment: Environment, settings: Settings) -> Manifest:
    """The controller's own binding: without it, the namespace is all that it has a right to."""
    return _binding(environment, "controller", account(f"{settings.namespace}/{ACCOUNT}"))


def access(environment: Environment, settings: Settings) -> tuple[Manifest, ...]:
    """The owner's binding; and, where jobs run here, Spark's service account, its driver's and the job server's."""
    user = {"apiGroup": "rbac.authorization.k8s.io", "kind": "User", "name": environment.owner}
    bindings = [_binding(environment, "owner", user)]
    if not settings.job_server_url:
        return tuple(bindings)
    bindings.append(_binding(environment, "job-server", account(settings.job_server_account)))
    bindings.append(_binding(environment, "spark-driver", account(f"{environment.names.namespace}/spark")))
    if settings.yunikorn_account:
        bindings.append(_binding(environment, "placeholders", account(settings.yunikorn_account)))
    # Only drivers of Spark are given its token.
    spark = manifest(environment, "ServiceAccount", "spark", automountServiceAccountToken=False)
    return spark, *bindings


def _binding(environment: Environment, name: str, subject: Mapping[str, Any]) -> Manifest:
    role = {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": f"{ROLES}-{name}"}
    # Named after the role: a binding's role cannot be changed.
    return manifest(environment, "RoleBinding", f"environment-{name}", api=_API, roleRef=role, subjects=[dict(subject)])
