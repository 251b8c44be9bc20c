"""The tests that `make test-all` adds to `make test`: examples, lake schemas, commands that fail or are stopped."""

from pathlib import Path

import pytest
from support.longshore_commands import checkout


@pytest.fixture(scope="session")
def stopped_checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose commands fail or are stopped: each goes on with the state that the one before it left."""
    return checkout(tmp_path_factory.mktemp("checkout with a space"))
