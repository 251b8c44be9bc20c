"""The tests that `make test-all` adds to `make test`: examples, lake schemas, commands that fail or are stopped."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from longshore_cli.embedded.platform import Platform, embedded_platform
from support.longshore_commands import checkout


@pytest.fixture(scope="session")
def stopped_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose commands fail or are stopped: each goes on with the state that the one before it left."""
    return checkout(tmp_path_factory.mktemp("checkout with a space"))


@pytest.fixture(scope="session")
def own_platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    """Database and job server of a checkout of their own, which a test may break."""
    with embedded_platform(checkout(tmp_path_factory.mktemp("own")), print) as platform:
        yield platform
