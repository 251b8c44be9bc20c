"""The cluster's keys and passwords, kept from one call to the next."""

import base64
from typing import Any

import pytest
from longshore_cli.cluster.secrets.keys import read_or_create_keys


class Answers:
    """Stands for the API: which Secrets are there."""

    def __init__(self, **found: dict[str, str]) -> None:
        self._found = found

    def get(self, _kind: str, name: str, *, namespace: str) -> dict[str, Any] | None:
        data = self._found.get(f"{namespace}_{name}".replace("-", "_"))
        return data and {"data": {key: base64.b64encode(value.encode()).decode() for key, value in data.items()}}


def test_existing_secrets_are_kept_and_others_are_random() -> None:
    there = Answers(longshore_lake_db={"flights": "old"}, airflow_airflow_users={"passwords.json": '{"admin": "mine"}'})
    one, other = (read_or_create_keys(there) for _ in range(2))  # type: ignore[arg-type]
    assert one.lake_db["flights"] == other.lake_db["flights"] == "old"
    assert one.airflow_password == "mine"
    assert one.lake_db["lake_catalog"] != other.lake_db["lake_catalog"]
    assert one.secret_key != other.secret_key
    assert one.secret_key != one.environments_secret_key
    assert one.access_key != one.environments_access_key


@pytest.mark.parametrize("number", range(20))
def test_a_password_fits_in_a_url(number: int) -> None:
    keys = read_or_create_keys(Answers())  # type: ignore[arg-type]
    for password in (
        *keys.platform_db.values(),
        *keys.lake_db.values(),
        keys.secret_key,
        keys.environments_secret_key,
    ):
        assert password.isalnum()
        assert len(password) >= 40
