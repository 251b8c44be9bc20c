"""The release is the production chart's, by other values."""

from dataclasses import replace

import pytest
from environments.build.values import digest, folder, image, values
from environments.exceptions import SpecError
from images.environments.resource.specs import COMMIT
from images.environments.world import SETTINGS, environment

REPLICAS = ("apiServer", "scheduler", "dagProcessor", "triggerer")
DIGEST = f"sha256:{'a' * 64}"


def test_awake_has_one_pod_of_each_and_asleep_none() -> None:
    awake, asleep = (values(environment(), SETTINGS, asleep=each) for each in (False, True))
    assert {awake[part]["replicas"] for part in REPLICAS} == {1}
    assert {asleep[part]["replicas"] for part in REPLICAS} == {0}
    assert digest(awake, chart="c") != digest(asleep, chart="c")


def test_it_answers_under_a_path_of_its_own() -> None:
    found = values(environment("my-change"), SETTINGS, asleep=False)["apiServer"]
    assert (found["url"], found["basePath"]) == ("https://airflow.example", "/env/my-change")


def test_it_follows_the_branch_or_keeps_to_the_commit() -> None:
    branch = values(environment(), SETTINGS, asleep=False)["dags"]["git"]
    assert (branch["branch"], branch["commit"]) == ("main", "")
    pinned = environment(git={"url": "https://h/d", "commit": COMMIT})
    commit = values(pinned, SETTINGS, asleep=False)["dags"]["git"]
    assert (commit["branch"], commit["commit"]) == ("", COMMIT)


def test_snapshots_and_logs_are_in_a_folder_of_its_own() -> None:
    found = values(environment("my-change"), SETTINGS, asleep=False)
    assert folder(environment("my-change"), SETTINGS) == "s3://longshore/environments/my-change"
    assert found["dags"]["snapshots"] == "s3://longshore/environments/my-change/dags"
    assert found["logs"]["folder"] == "s3://longshore/environments/my-change/logs"


def test_settings_of_the_owners_win_over_the_sizes() -> None:
    plain = values(environment(size="large"), SETTINGS, asleep=False)["config"]
    assert plain["core"] == {"parallelism": "16"}
    own = values(environment(config={"core": {"parallelism": "2"}}), SETTINGS, asleep=False)["config"]
    assert own["core"] == {"parallelism": "2"}


def test_airflow_knows_which_environment_it_is() -> None:
    found = values(environment("my-change"), SETTINGS, asleep=False)["config"]
    assert found["longshore"] == {"environment_name": "my-change"}


def test_the_owner_is_admin_and_the_controller_looks_on() -> None:
    assert values(environment(), SETTINGS, asleep=False)["users"]["roles"] == "ann:admin,@controller:viewer"


def test_only_a_private_repository_has_a_password() -> None:
    private = environment(git={"url": "https://h/d", "branch": "b", "credentialsSecret": "token"})
    assert values(private, SETTINGS, asleep=False)["dags"]["git"]["credentialsSecret"] == "airflow-git"
    assert values(environment(), SETTINGS, asleep=False)["dags"]["git"]["credentialsSecret"] == ""


def test_another_chart_or_image_is_another_release() -> None:
    first = values(environment(), SETTINGS, asleep=False)
    upgraded = replace(SETTINGS, image={**SETTINGS.image, "tag": "4"})
    assert digest(first, chart="1") == digest(dict(reversed(first.items())), chart="1")
    assert digest(first, chart="1") != digest(first, chart="2")
    assert digest(first, chart="1") != digest(values(environment(), upgraded, asleep=False), chart="1")


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("airflow", ("", "airflow", "", "")),
        ("team/airflow:1.0", ("", "team/airflow", "1.0", "")),
        ("host.example/a/b:t", ("host.example", "a/b", "t", "")),
        ("localhost:5000/a", ("localhost:5000", "a", "", "")),
        (f"host.example:5000/a:t@{DIGEST}", ("host.example:5000", "a", "t", DIGEST)),
    ],
)
def test_an_image_is_taken_apart(reference: str, parts: tuple[str, str, str, str]) -> None:
    assert tuple(image(reference)[part] for part in ("registry", "repository", "tag", "digest")) == parts


@pytest.mark.parametrize("reference", ["", "A", "a b", "a:b:c", "a@sha256:12", "a;rm -rf /", "../a\n"])
def test_what_is_no_image_is_refused(reference: str) -> None:
    with pytest.raises(SpecError, match=r"spec\.image"):
        image(reference)
