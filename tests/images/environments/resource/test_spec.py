"""An object is read as it is meant, and one that cannot be is refused by the field's name."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from environments.exceptions import SpecError
from environments.resource.spec import read, read_for_removal
from images.environments.resource.descriptions import DESCRIPTION
from images.environments.resource.specs import BAD, GOOD, REMOVED, Case
from images.environments.world import body, environment


def test_what_is_left_out_has_its_default() -> None:
    found = environment()
    assert (found.size, found.git.subdir, found.asleep, found.keep_schema) == ("small", "dags", False, False)
    assert found.ttl is found.idle is found.image is found.queue is found.resources is found.touched_at is None


def test_all_fields_are_read() -> None:
    found = environment(
        ttl="72h",
        idle="30m",
        queue={"max": {"cpu": 4}},
        resources={"cpu": 2, "memory": "4Gi"},
        config={"core": {"parallelism": "2"}},
        connections=["flights_db"],
        annotations={"longshore.dev/activity": "2026-11-25T11:00:00Z"},
    )
    assert found.ttl == timedelta(days=3)
    assert found.idle == timedelta(minutes=30)
    assert found.queue is not None
    assert found.queue.max == {"cpu": "4"}  # a number in YAML, a text for YuniKorn and Kubernetes
    assert found.resources == {"cpu": "2", "memory": "4Gi"}
    assert found.touched_at == datetime(2026, 11, 25, 11, tzinfo=UTC)


@pytest.mark.parametrize("name", DESCRIPTION["fields"])
def test_the_controller_heeds_every_field_of_the_schema(name: str) -> None:
    """A good environment sets it, and is read as another one than without it."""
    setting = [case for case in GOOD if name in {path.split(".")[0] for path in case.changes}]
    assert setting or name == "owner"
    for case in setting:
        without = {path: value for path, value in case.changes.items() if path.split(".")[0] != name}
        assert read({**body(), "spec": case.spec}) != read({**body(), "spec": replace(case, changes=without).spec})


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.what)
def test_a_good_environment_is_read(case: Case) -> None:
    read({**body(case.name), "spec": case.spec})


@pytest.mark.parametrize(
    "case",
    [case for case in BAD if case.changes.get("owner") is REMOVED or "ttl" in case.changes],
    ids=lambda c: c.what,
)
def test_what_an_older_schema_let_through_is_refused(case: Case) -> None:
    with pytest.raises(SpecError):
        read({**body(), "spec": case.spec})


@pytest.mark.parametrize("text", ["", "h", "72", "-1h", "1.5h", "1h 30m", "٣h", "0h", "9" * 300 + "h"])
@pytest.mark.parametrize("field", ["ttl", "idle"])
def test_what_is_no_duration_is_refused_by_the_fields_name(field: str, text: str) -> None:
    with pytest.raises(SpecError, match=rf"spec\.{field}: .* as in 72h .* Remove the field for no limit\."):
        environment(**{field: text})


def test_a_wish_that_is_no_time_is_refused_by_the_annotations_name() -> None:
    with pytest.raises(SpecError, match=r"longshore\.dev/activity"):
        read(body(annotations={"longshore.dev/activity": "now"}))


def test_whatever_it_asks_for_by_now_it_can_be_removed() -> None:
    broken = {**body(annotations={"longshore.dev/activity": "now"}), "spec": {"owner": "ann", "ttl": "0h"}}
    found = read_for_removal(broken)
    assert (found.name, found.uid, found.namespace) == ("mine", "uid-1", "environments")
    assert not found.keep_schema


@pytest.mark.parametrize(("kept", "is_kept"), [(True, True), (False, False), ("yes", False), (None, False)])
def test_whether_its_tables_stay_is_known_at_its_end(kept: object, is_kept: bool) -> None:
    assert read_for_removal({**body(), "spec": {"keepSchema": kept}}).keep_schema is is_kept
