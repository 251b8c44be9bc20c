"""The user whom Airflow has signed in, and the rights of that user.

The page's service account may change every object in Kubernetes. That an environment belongs to its owner alone is
enforced here, by the name that Airflow's auth manager gives, and by nothing in the request.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.base_auth_manager import BaseAuthManager
from airflow.api_fastapi.auth.managers.models.base_user import BaseUser
from airflow.api_fastapi.auth.managers.models.resource_details import AccessView, DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
from airflow.api_fastapi.core_api.security import GetUserDep

from longshore_page.exceptions import NotAllowedError

_OWNER = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?")
"""The form of `spec.owner`, as in the CRD: a label's value."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The signed-in user."""

    name: str
    admin: bool
    """True if they may change others' environments."""
    maker: bool
    """True if they may have environments. Viewers may not, because an owner is the admin of their environment."""

    def may_change(self, body: Mapping[str, Any]) -> bool:
        """Returns whether they may change the environment."""
        return self.admin or (self.maker and body["spec"]["owner"] == self.name)

    def owner(self) -> str:
        """Returns the name of the owner for an environment of theirs.

        Raises:
            NotAllowedError: they may not have an environment.
        """
        if not (self.maker or self.admin):
            raise NotAllowedError(
                f"You are signed in as {self.name!r}, who may not run DAGs here, and therefore cannot have an "
                "environment; ask an administrator of Airflow for the role of a user."
            )
        if not _OWNER.fullmatch(self.name):
            raise NotAllowedError(
                f"You are signed in as {self.name!r}, which no owner of an environment may be called; ask an "
                "administrator of Airflow for a user name of letters, digits, '-', '_' and '.'."
            )
        return self.name


def caller(user: GetUserDep) -> Caller:
    """Returns the user whom Airflow's token or cookie names. FastAPI answers 401 without one.

    Raises:
        NotAllowedError: Airflow shows this user nothing.
    """
    manager = get_auth_manager()
    if not manager.is_authorized_view(access_view=AccessView.WEBSITE, user=user):
        raise NotAllowedError(
            f"You are signed in as {user.get_name()!r}, who has no role in Airflow; ask an administrator for one."
        )
    return permitted(user, manager)


def permitted(user: BaseUser, manager: BaseAuthManager[Any]) -> Caller:
    """Returns the user with their rights. An admin is a user who may change Airflow's configuration.

    With the simple auth manager, operators may do that, too, so there the role decides.
    """
    if isinstance(user, SimpleAuthManagerUser):
        admin = (user.role or "").lower() == "admin"
    else:
        admin = manager.is_authorized_configuration(method="PUT", user=user)
    maker = manager.is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, user=user)
    return Caller(name=user.get_name(), admin=admin, maker=maker)
