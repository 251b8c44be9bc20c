"""Passwords are made once, and taken from what there is from then on."""

import base64
import json
from dataclasses import replace

from environments.build.credentials import Credentials, credentials
from environments.build.secrets import secrets
from images.environments.world import SETTINGS as SHARED_SETTINGS
from images.environments.world import environment, secret_of

SETTINGS = replace(SHARED_SETTINGS, lake_connection="lake_catalog")


def written(made: Credentials) -> dict[str, dict[str, str]]:
    manifests = secrets(
        environment(),
        SETTINGS,
        credentials=made,
        connections={},
        variables={},
        virtual_cluster_id=None,
        copies={},
        copy_types={},
        git=None,
    )
    names = ("airflow-database", "airflow-keys", "airflow-users", "lake-role")
    return {name: secret_of(manifests, name) for name in names}


def test_what_was_made_is_found_again() -> None:
    made = credentials({}, owner="ann")
    assert vars(credentials(written(made), owner="ann")) == vars(made)


def test_two_environments_have_no_password_in_common() -> None:
    one, other = (set(vars(credentials({}, owner="ann")).values()) for _ in range(2))
    assert len(one) == 7
    assert not one & other


def test_keys_are_as_airflow_wants_them() -> None:
    made = credentials({}, owner="ann")
    assert len(base64.urlsafe_b64decode(made.fernet_key)) == 32
    assert len(made.jwt_secret) >= 64


def test_a_secret_that_lost_a_key_gets_a_new_one_and_keeps_the_others() -> None:
    made = credentials({}, owner="ann")
    known = written(made)
    del known["airflow-keys"]["jwt-secret"]
    again = credentials(known, owner="ann")
    assert again.jwt_secret != made.jwt_secret
    assert again.fernet_key == made.fernet_key


def test_passwords_that_were_broken_by_hand_are_generated_again() -> None:
    for broken in ("{", "[]", json.dumps("x")):
        assert credentials({"airflow-users": {"passwords.json": broken}}, owner="ann").owner_password


def test_they_are_not_shown() -> None:
    made = credentials({}, owner="ann")
    assert made.owner_password not in repr(made)
