"""The changes of an object, by the controller's own reading of them."""

from datetime import timedelta
from typing import Any

from cli.environments.objects import body, status
from environments.plan.lifecycle import latest_activity, lifecycle
from environments.resource.spec import read as controllers_read
from images.environments.world import NOW
from images.environments.world import body as controllers_body
from longshore_cli.environments.resource.durations import parse_duration
from longshore_cli.environments.resource.patches import awake, extended, touched
from longshore_cli.environments.resource.state import read


def ends(patch: dict[str, Any], *, ttl: str) -> Any:
    """Returns the time at which the controller ends the environment after the patch."""
    spec = {"ttl": ttl, **patch.get("spec", {})}
    changed = controllers_read(controllers_body(annotations=patch["metadata"]["annotations"], **spec))
    return lifecycle(changed, last_activity=latest_activity(changed), now=NOW).expires_at


def of(ttl: str, *, left: timedelta) -> Any:
    return read(body(status("Ready", expiresAt=(NOW + left).isoformat()), ttl=ttl))


def test_restarting_the_time_to_live_may_be_enough() -> None:
    found = extended(of("72h", left=timedelta(hours=1)), by=timedelta(hours=24), now=NOW)
    assert found is not None
    patch, end = found
    assert "spec" not in patch
    assert end == ends(patch, ttl="72h") == NOW + timedelta(hours=72)


def test_otherwise_the_time_to_live_becomes_longer() -> None:
    found = extended(of("72h", left=timedelta(hours=71)), by=timedelta(hours=24), now=NOW)
    assert found is not None
    patch, end = found
    assert patch["spec"] == {"ttl": "95h"}
    assert end == ends(patch, ttl="72h") == NOW + timedelta(hours=95)


def test_without_a_status_the_time_to_live_counts_from_now() -> None:
    found = extended(read(body(ttl="2h")), by=timedelta(hours=1), now=NOW)
    assert found is not None
    assert found[0]["spec"] == {"ttl": "3h"}


def test_an_environment_that_never_ends_stays_as_it_is() -> None:
    assert extended(read(body(ttl=None)), by=parse_duration("1h"), now=NOW) is None


def test_activity_wakes_it() -> None:
    idle = controllers_read(controllers_body(idle="1h", asleep=True, made="2026-11-20T10:00:00Z"))
    assert lifecycle(idle, last_activity=latest_activity(idle), now=NOW).asleep
    patch = awake(read(body(asleep=True)), now=NOW)
    assert patch["metadata"] == touched(NOW)["metadata"]
    annotations = patch["metadata"]["annotations"]
    woken = controllers_read(controllers_body(idle="1h", annotations=annotations, **patch["spec"]))
    assert not lifecycle(woken, last_activity=latest_activity(woken), now=NOW).asleep
    assert "spec" not in awake(read(body()), now=NOW)
