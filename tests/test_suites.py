"""The suites of tests on a cluster: each test is in one, and each has its turn."""

import os
import subprocess
from pathlib import Path

from cluster.suites import HERE, LAST, Suite, changed_lately, fitting, in_order, suites
from tier import ROOT

TABLE = suites()


def test_every_test_on_a_cluster_is_in_one_suite() -> None:
    files = sorted(path.relative_to(HERE).as_posix() for path in HERE.rglob("test_*.py"))
    assert sorted(file for suite in TABLE.values() for file in suite.files) == files


def test_no_suite_has_tests_that_disturb_the_cluster_and_others() -> None:
    assert [name for name, suite in TABLE.items() if len({file.split("/")[0] for file in suite.files}) > 1] == []


def test_what_the_suites_look_at_is_there_and_every_image_and_chart_is_looked_at() -> None:
    places = {place for suite in TABLE.values() for place in suite.of}
    assert [place for place in places if not (ROOT / place).exists()] == []
    parts = [path.relative_to(ROOT).as_posix() for folder in ("images", "helm") for path in (ROOT / folder).iterdir()]
    parts += ["operators/src", "cli/src", "dags", "job-templates"]
    changed = {part: [name for name, suite in TABLE.items() if suite.touched([f"{part}/x"])] for part in parts}
    assert [part for part, names in changed.items() if names in ([], [LAST])] == []


def test_what_a_change_touches_comes_first_and_every_suite_comes_first_of_its_kind_at_some_hour() -> None:
    changed = ["images/gateway/nginx.conf", "tests/cluster/beside/environments/test_environment_lake.py"]
    touched = [name for name, suite in TABLE.items() if name != LAST and suite.touched(changed)]
    assert {"mine", "lake"} <= set(touched) < set(TABLE) - {LAST}
    heads = set()
    for hour in range(len(TABLE)):
        order = in_order(TABLE, changed, hour)
        assert set(order[: len(touched)]) == set(touched)
        assert order[-1] == LAST
        assert sorted(order) == sorted(TABLE)
        heads |= {order[0], order[len(touched)]}
    assert heads == set(TABLE) - {LAST}


def test_where_everything_is_touched_each_suite_runs_at_some_hour_and_none_beyond_the_time() -> None:
    everything = [f"{place}/x" for suite in TABLE.values() for place in suite.of]
    seen = set()
    for hour in range(len(TABLE)):
        chosen = fitting(TABLE, in_order(TABLE, everything, hour), minutes=45)
        assert 40 <= sum(TABLE[name].minutes for name in chosen) <= 45
        seen |= chosen
    assert seen >= set(TABLE) - {LAST}
    assert fitting(TABLE, TABLE, minutes=1000) == set(TABLE)
    assert fitting(TABLE, TABLE, minutes=0) == set()


def test_a_name_that_only_begins_alike_is_another() -> None:
    assert not Suite(files=["beside/test_a.py"], minutes=1, of=["images/air"]).touched(["images/airflow/x"])


def test_the_change_is_what_the_commits_of_the_last_day_have_changed(tmp_path: Path) -> None:
    for file, days in (("old", 3), ("new", 1), ("newest", 1)):
        (tmp_path / file).touch()
        when = {"GIT_COMMITTER_DATE": f"{1_700_000_000 - days * 86_400} +0000"}
        who = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
        commands = (["init", "-q"], ["add", file], [*who, "commit", "-q", "-m", file])
        for command in commands:
            subprocess.run(["git", *command], cwd=tmp_path, env=os.environ | when, check=True)
    assert changed_lately(tmp_path) == (["new", "newest"], (1_700_000_000 - 86_400) // 3600)
