"""The keys: what is wrong in them is said at the start, and not shown."""

from pathlib import Path

import pytest
from emr_containers.access.credentials import load_keys
from emr_containers.exceptions import ConfigurationError


def test_every_profile_of_a_credentials_file_counts(tmp_path: Path) -> None:
    path = tmp_path / "credentials"
    path.write_text(
        "[default]\naws_access_key_id = A\naws_secret_access_key = a%b\n[two]\naws_access_key_id=B\n"
        "aws_secret_access_key=b\n[half]\naws_access_key_id=C\n"
    )
    assert load_keys(path, {"AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"}) == {"A": "a%b", "B": "b"}
    assert load_keys(None, {"AWS_ACCESS_KEY_ID": "E", "AWS_SECRET_ACCESS_KEY": "e"}) == {"E": "e"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (b"", "No key pair in .*--credentials-file"),
        (b"[default]\naws_access_key_id = A\n", "No key pair in"),
        (b"canary", "not in the format of ~/.aws/credentials"),
        (b"[a]\n[a]\naws_secret_access_key = canary", "not in the format of ~/.aws/credentials"),
        (b"[a]\naws_secret_access_key = canary\xff", "not in the format of ~/.aws/credentials"),
    ],
)
def test_a_credentials_file_that_is_wrong_is_refused_and_not_shown(tmp_path: Path, text: bytes, message: str) -> None:
    path = tmp_path / "credentials"
    path.write_bytes(text)
    with pytest.raises(ConfigurationError, match=message) as error:
        load_keys(path, {})
    assert "canary" not in str(error.value)


def test_keys_that_are_nowhere_are_missed(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read: No such file"):
        load_keys(tmp_path / "none")
    with pytest.raises(ConfigurationError, match="No key pair in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"):
        load_keys(None, {"AWS_ACCESS_KEY_ID": "A"})
