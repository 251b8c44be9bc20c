"""A user's name and rights are those that Airflow's auth manager gives."""

from typing import TYPE_CHECKING, Any

import pytest
from images.airflow_page.conftest import Person
from longshore_page.exceptions import NotAllowedError
from longshore_page.identity import Caller, permitted

if TYPE_CHECKING:
    from collections.abc import Callable

    from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager


@pytest.fixture
def manager(monkeypatch: pytest.MonkeyPatch) -> "SimpleAuthManager":
    """Airflow's own, as the API server has it."""
    from airflow.api_fastapi.app import _AuthManagerState, create_auth_manager

    monkeypatch.setattr(_AuthManagerState, "instance", None)
    return create_auth_manager()


def user(name: str, role: str | None) -> Any:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

    return SimpleAuthManagerUser(username=name, role=role)


@pytest.mark.parametrize(
    ("role", "admin", "maker"),
    [("viewer", False, False), ("user", False, True), ("op", False, True), ("admin", True, True), (None, False, False)],
)
def test_the_role_decides(manager: "SimpleAuthManager", role: str | None, admin: bool, maker: bool) -> None:
    assert permitted(user("ada", role), manager) == Caller(name="ada", admin=admin, maker=maker)


def test_elsewhere_an_admin_is_who_may_change_airflows_configuration() -> None:
    class Other:
        """A user of another auth manager's."""

        def get_name(self) -> str:
            return "ada"

    class Manager:
        def is_authorized_configuration(self, *, method: str, user: Other) -> bool:
            return method == "PUT" and user.get_name() == "ada"

        def is_authorized_dag(self, **_: Any) -> bool:
            return True

    manager: Any = Manager()
    signed_in: Any = Other()
    assert permitted(signed_in, manager).admin


def test_the_page_knows_whom_airflow_has_signed_in(manager: "SimpleAuthManager", app_of: "Callable[..., Any]") -> None:
    from airflow.api_fastapi.core_api.security import USER_INJECTED_BY_TRUSTED_MIDDLEWARE

    app, role = app_of(None), "user"

    async def signed_in(scope: Any, receive: Any, send: Any) -> None:
        scope["state"] = {"user": user("ada", role), "user_authenticated_via": USER_INJECTED_BY_TRUSTED_MIDDLEWARE}
        await app(scope, receive, send)

    whole: Any = signed_in
    form = Person(app=whole).get("/api/form").json()
    assert (form["user"], form["admin"], form["maker"]) == ("ada", False, True)
    role = None
    assert Person(app=whole).get("/api/environments").status_code == 403


@pytest.mark.parametrize("name", ["ada@example.com", "", "a b", "x" * 64, "-a", "@controller"])
def test_a_name_that_no_owner_can_have_is_told(name: str) -> None:
    with pytest.raises(NotAllowedError, match="which no owner"):
        Caller(name=name, admin=False, maker=True).owner()


def test_names_are_compared_whole() -> None:
    ada = Caller(name="ada", admin=False, maker=True)
    assert ada.may_change({"spec": {"owner": "ada"}})
    assert not any(ada.may_change({"spec": {"owner": owner}}) for owner in ("Ada", "ada ", "ada2", ""))
