"""A user's settings for other things do not lead the platform there."""

from longshore_cli.base.environment_variables import without_user_settings


def test_settings_of_another_airflow_and_account_are_removed() -> None:
    kept = without_user_settings(
        {"AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": "x", "AIRFLOW_HOME": "x", "AWS_PROFILE": "x", "HOME": "/home/u"}
    )
    assert kept == {"HOME": "/home/u", "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}


def test_a_proxy_stays_but_not_for_this_machine() -> None:
    kept = without_user_settings({"https_proxy": "http://proxy:3128", "no_proxy": ".corp"})
    assert kept["https_proxy"] == "http://proxy:3128"
    assert kept["no_proxy"] == ".corp,127.0.0.1,localhost"
