"""The database's address; what is in it is tested by the operations, on SQLite and on PostgreSQL."""

import pytest
from emr_containers.exceptions import ConfigurationError
from emr_containers.store.database import Database


@pytest.mark.parametrize(
    "url", ["nonsense canary", "sqlite://", "sqlite:///:memory:", "mystery://u:canary@h/d", "sqlite:////dev/null/x/y"]
)
def test_a_database_that_cannot_be_opened_is_named_without_its_password(url: str) -> None:
    with pytest.raises(ConfigurationError, match="database") as error:
        Database(url)
    assert "canary" not in str(error.value)
