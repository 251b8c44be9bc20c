"""Users can do on the page what they may, and nothing else."""

import pytest
from images.airflow_page.conftest import HOSTILE, People
from images.airflow_page.fake_kubernetes import PATH, REPOSITORY, FakeKubernetes

WISH = {"repository": REPOSITORY, "branch": "feature/x", "ttl": "72h", "size": "small"}
VERBS = {"sleep": {}, "wake": {}, "extend": {"hours": 24}, "delete": {}}


def test_an_environment_is_of_who_makes_it(person: People, kubernetes: FakeKubernetes) -> None:
    made = person("ada").post("/api/environments", WISH | {"connections": ["flights_db"]})
    assert made.status_code == 201
    assert made.json()["name"] == "feature-x"
    assert made.json()["mine"] is True
    assert kubernetes.objects["feature-x"]["spec"] == {
        "owner": "ada",
        "git": {"url": REPOSITORY, "branch": "feature/x"},
        "ttl": "72h",
        "idle": "2h",
        "size": "small",
        "connections": ["flights_db"],
    }


def test_no_request_says_whose_an_environment_is(person: People, kubernetes: FakeKubernetes) -> None:
    answer = person("mallory").post("/api/environments", WISH | {"owner": "ada"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("owner: ")
    assert kubernetes.objects == {}


def test_others_environments_are_shown_after_ones_own(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("a", owner="bob")
    kubernetes.put("b", owner="ada")
    rows = person("ada").get("/api/environments").json()
    assert [(row["name"], row["owner"], row["mine"]) for row in rows] == [("b", "ada", True), ("a", "bob", False)]


@pytest.mark.parametrize("verb", VERBS)
def test_others_environments_cannot_be_changed(person: People, kubernetes: FakeKubernetes, verb: str) -> None:
    kubernetes.put("theirs", owner="bob")
    answer = person("ada").post(f"/api/environments/theirs/{verb}", VERBS[verb])
    assert answer.status_code == 403
    assert "belongs to 'bob', and you are 'ada'" in answer.json()["detail"]
    assert kubernetes.changes == []


@pytest.mark.parametrize("verb", VERBS)
def test_an_admin_may_change_them(person: People, kubernetes: FakeKubernetes, verb: str) -> None:
    kubernetes.put("theirs", owner="bob")
    assert person("root", admin=True).post(f"/api/environments/theirs/{verb}", VERBS[verb]).is_success
    assert kubernetes.objects["theirs"]["spec"]["owner"] == "bob"
    assert kubernetes.changes


def test_who_only_looks_on_has_none(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("left", owner="eve")
    eve = person("eve", maker=False)
    assert eve.get("/api/form").json()["maker"] is False
    assert eve.post("/api/environments", WISH).status_code == 403
    assert eve.post("/api/environments/left/delete").status_code == 403
    assert eve.get(f"/api/branches?repository={REPOSITORY}").status_code == 403
    assert eve.get("/api/environments").json()[0]["mine"] is False


@pytest.mark.parametrize("path", ["/api/form", "/api/environments", f"/api/branches?repository={REPOSITORY}"])
def test_who_is_not_signed_in_sees_nothing(person: People, path: str) -> None:
    assert person(None).get(path).status_code == 401


def test_who_is_not_signed_in_changes_nothing(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("mine", owner="ada")
    assert person(None).post("/api/environments", WISH).status_code == 401
    for verb, given in VERBS.items():
        assert person(None).post(f"/api/environments/mine/{verb}", given).status_code == 401
    assert kubernetes.changes == []


def test_its_owner_puts_it_to_sleep_and_wakes_it(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("mine", owner="ada")
    assert person("ada").post("/api/environments/mine/sleep").json()["asleep"] is True
    assert kubernetes.objects["mine"]["spec"]["asleep"] is True
    assert person("ada").post("/api/environments/mine/wake").json()["asleep"] is False
    assert kubernetes.objects["mine"]["metadata"]["annotations"] == {"longshore.dev/activity": "2026-11-25T12:00:00Z"}


def test_its_owner_gives_it_more_time(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("mine", owner="ada", ttl="8h", status={"expiresAt": "2026-11-25T14:00:00Z"})
    assert person("ada").post("/api/environments/mine/extend", {"hours": 24}).is_success
    assert kubernetes.objects["mine"]["spec"]["ttl"] == "26h"


def test_its_owner_deletes_it_and_may_keep_its_tables(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("mine", owner="ada")
    assert person("ada").post("/api/environments/mine/delete", {"keep_schema": True}).status_code == 202
    assert kubernetes.objects["mine"]["spec"]["keepSchema"] is True
    assert person("ada").get("/api/environments").json()[0]["phase"] == "Deleting"


def test_a_name_that_is_taken_is_told(person: People, kubernetes: FakeKubernetes) -> None:
    kubernetes.put("feature-x", owner="bob")
    answer = person("ada").post("/api/environments", WISH)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "The environment 'feature-x' already exists; choose another name."


def test_an_environment_that_is_gone_is_told(person: People) -> None:
    assert person("ada").post("/api/environments/gone/sleep").status_code == 404


@pytest.mark.parametrize("name", ["..", "%2e%2e", "a%2fb", "x;rm", "A", "%00", "a" * 300, "é"])
def test_a_hostile_name_reaches_no_cluster(person: People, kubernetes: FakeKubernetes, name: str) -> None:
    assert person("ada").post(f"/api/environments/{name}/delete").status_code in (404, 405)
    assert kubernetes.paths == []


def test_what_kubernetes_does_not_take_is_told_as_it_says(person: People, kubernetes: FakeKubernetes) -> None:
    answer = person("ada").post("/api/environments", WISH | {"name": "../secrets"})
    assert answer.status_code == 422
    assert answer.json()["detail"] == "metadata.name: a lowercase RFC 1123 subdomain must consist of lower case."
    assert kubernetes.paths == [PATH]
    assert kubernetes.objects == {}


def test_a_hostile_branch_is_only_a_branch(person: People, kubernetes: FakeKubernetes) -> None:
    assert HOSTILE in person("ada").get(f"/api/branches?repository={REPOSITORY}").json()
    name = person("ada").post("/api/environments", WISH | {"branch": HOSTILE}).json()["name"]
    assert kubernetes.objects[name]["spec"]["git"]["branch"] == HOSTILE
    assert set(name) <= set("abcdefghijklmnopqrstuvwxyz0123456789-")


def test_no_other_repository_is_asked(person: People, kubernetes: FakeKubernetes) -> None:
    other = "http://169.254.169.254/latest"
    assert person("ada").get(f"/api/branches?repository={other}").status_code == 422
    assert person("ada").post("/api/environments", WISH | {"repository": other}).status_code == 422
    assert kubernetes.changes == []


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "cross-site"},
        {"Content-Type": "application/json", "Sec-Fetch-Site": "same-site"},
    ],
)
def test_another_sites_page_changes_nothing(
    person: People, kubernetes: FakeKubernetes, headers: dict[str, str]
) -> None:
    kubernetes.put("mine", owner="ada")
    for verb in VERBS:
        answer = person("ada").ask("POST", f"/api/environments/mine/{verb}", content=b"{}", headers=headers)
        assert answer.status_code in (403, 422)
    assert kubernetes.changes == []


def test_the_page_runs_no_script_but_its_own(person: People) -> None:
    answer = person(None).get("/")
    assert answer.status_code == 200
    assert "<h1>Environments</h1>" in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'self'" in policy
    assert "javascript" in person(None).get("/page.js").headers["Content-Type"]
    assert "innerHTML" not in person(None).get("/page.js").text


def test_a_wish_that_is_none_is_told_in_words(person: People) -> None:
    answer = person("ada").post("/api/environments", {"branch": 3})
    assert answer.status_code == 422
    assert "branch: Input should be a valid string" in answer.json()["detail"]
    assert "repository: Field required" in answer.json()["detail"]
