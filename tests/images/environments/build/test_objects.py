"""Names of service accounts are read as they are written."""

from environments.build.objects import account


def test_an_account_is_of_its_namespace() -> None:
    assert account("longshore/emr-containers") == {
        "kind": "ServiceAccount",
        "namespace": "longshore",
        "name": "emr-containers",
    }
