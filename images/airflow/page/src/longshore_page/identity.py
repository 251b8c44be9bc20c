"""Who asks: the user that Airflow has signed in, and what they may do.

The page's own service account changes the objects in Kubernetes, and may change all of them. So that an environment is
its owner's alone is held here, by the name that Airflow's auth manager tells, and by nothing that a request says.
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
"""What `spec.owner` may be, as the CRD has it: a label's value."""


@dataclass(frozen=True, kw_only=True)
class Caller:
    """The signed-in user."""

    name: str
    admin: bool
    """Whether they may change others' environments."""
    maker: bool
    """Whether they may have environments: in its environment its owner is the admin, so who only looks on has none."""

    def may_change(self, body: Mapping[str, Any]) -> bool:
        """Whether the environment is theirs to change."""
        return self.admin or (self.maker and body["spec"]["owner"] == self.name)

    def owner(self) -> str:
        """What an environment of theirs says of its owner.

        Raises:
            NotAllowedError: they may have none.
        """
        if not (self.maker or self.admin):
            raise NotAllowedError(
                f"You are {self.name!r}, who may not run DAGs here, and so have no environment; ask for the role of a "
                "user."
            )
        if not _OWNER.fullmatch(self.name):
            raise NotAllowedError(
                f"Airflow knows you as {self.name!r}, which no owner of an environment can be called; ask for a user's "
                "name of letters, digits, '-', '_' and '.'."
            )
        return self.name


def caller(user: GetUserDep) -> Caller:
    """The user whom Airflow's token or cookie names. FastAPI answers 401 without one.

    Raises:
        NotAllowedError: Airflow shows them nothing.
    """
    manager = get_auth_manager()
    if not manager.is_authorized_view(access_view=AccessView.WEBSITE, user=user):
        raise NotAllowedError(f"You are {user.get_name()!r}, whom Airflow shows nothing; ask for a role in it.")
    return judged(user, manager)


def judged(user: BaseUser, manager: BaseAuthManager[Any]) -> Caller:
    """What the auth manager lets the user do: an admin is who may change Airflow's configuration.

    To the simple auth manager, its operators may do that too; there the role is asked for.
    """
    if isinstance(user, SimpleAuthManagerUser):
        admin = (user.role or "").lower() == "admin"
    else:
        admin = manager.is_authorized_configuration(method="PUT", user=user)
    maker = manager.is_authorized_dag(method="POST", access_entity=DagAccessEntity.RUN, user=user)
    return Caller(name=user.get_name(), admin=admin, maker=maker)
