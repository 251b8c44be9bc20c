"""A namespace tells whose it is, and what was released into it."""

from typing import Any

import pytest
from environments.exceptions import NotYetError, TakenError
from environments.observed.namespace import is_of, released
from images.environments.world import environment


def namespace(uid: str | None = "uid-1", **metadata: Any) -> dict[str, Any]:
    labels = {} if uid is None else {"longshore.dev/environment-uid": uid}
    return {"metadata": {"name": "env-mine", "labels": labels, **metadata}}


def test_a_namespace_of_another_object_is_taken() -> None:
    for uid in (None, "uid-2"):
        with pytest.raises(TakenError, match="env-mine"):
            released(namespace(uid), environment=environment())
        assert not is_of(namespace(uid), environment())


def test_one_that_is_on_its_way_out_is_waited_for() -> None:
    with pytest.raises(NotYetError, match="still being removed"):
        released(namespace("uid-of-an-earlier", deletionTimestamp="2026-11-25T12:00:00Z"), environment=environment())


def test_what_is_released_is_read_from_the_namespace() -> None:
    assert released(None, environment=environment()) is None
    assert released(namespace(), environment=environment()) is None
    marked = namespace(annotations={"longshore.dev/release": "digest"})
    assert released(marked, environment=environment()) == "digest"
