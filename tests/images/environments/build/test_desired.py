"""All that an environment is made of is there, is its own, and is the same each time."""

import json
from typing import Any

from environments.build import Desired, Found, build
from environments.build.credentials import credentials
from images.environments.world import SETTINGS, environment


def found(**more: Any) -> Found:
    known: dict[str, Any] = {"connections": {"aws_default": {}}, "variables": {}, **more}
    return Found(credentials=credentials({}, owner="ann", make=lambda length: b"\1" * length), **known)


def desired(name: str = "mine", **spec: Any) -> Desired:
    return build(environment(name, **spec), found(), SETTINGS, asleep=False)


def test_the_same_asked_twice_is_the_same() -> None:
    assert desired() == desired()


def test_everything_lies_in_the_namespace_and_says_whose_it_is() -> None:
    for manifest in desired().manifests:
        metadata = manifest["metadata"]
        assert metadata["namespace"] == "env-mine"
        assert metadata["labels"]["longshore.dev/environment"] == "mine"
        assert metadata["labels"]["longshore.dev/owner"] == "ann"


def test_two_environments_name_each_other_nowhere() -> None:
    first, other = (json.dumps([desired(name).manifests, desired(name).values]) for name in ("first", "second"))
    assert "second" not in first
    assert "first" not in other


def test_no_password_is_in_the_values() -> None:
    assert "01" * 12 not in json.dumps(desired().values)
