import hashlib
from pathlib import Path

import pytest
from longshore.connection.settings import PlatformSettings
from longshore.exceptions import ArtifactError, ConnectionSettingsError
from longshore.submission.artifacts import VALUE_LENGTH, by_reference

LONG = f"(SELECT {'é' * VALUE_LENGTH})"


def test_text_that_fits_stays_as_it_is() -> None:
    text = "x" * VALUE_LENGTH
    assert by_reference(text, settings=PlatformSettings("c")) == text


def test_longer_text_becomes_an_object_named_by_its_digest(tmp_path: Path) -> None:
    settings = PlatformSettings("c", artifact_uri=f"file://{tmp_path}/artifacts/")
    name = f"{hashlib.sha256(LONG.encode()).hexdigest()}.sql"
    for _ in range(2):
        assert by_reference(LONG, settings=settings) == f"@file://{tmp_path}/artifacts/{name}"
    assert (tmp_path / "artifacts" / name).read_text(encoding="utf-8") == LONG


def test_longer_text_without_a_place_names_the_connection_and_the_key() -> None:
    with pytest.raises(ConnectionSettingsError, match=r"'my_aws' has no 'artifact_uri'"):
        by_reference(LONG, settings=PlatformSettings("my_aws"))


def test_place_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    settings = PlatformSettings("my_aws", artifact_uri=f"file://{tmp_path}/file/below")
    with pytest.raises(ArtifactError, match=r"below/[0-9a-f]{64}\.sql'.*'artifact_uri' of the connection 'my_aws'"):
        by_reference(LONG, settings=settings)
