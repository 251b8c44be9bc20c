from pathlib import Path

from longshore.storage import storage_path


def test_local_uri_is_a_plain_path() -> None:
    assert storage_path("file:///var/log/a%20b", connection_id="aws_default") == Path("/var/log/a b")


def test_other_uris_are_airflows_paths(tmp_path: Path) -> None:
    from airflow.sdk import ObjectStoragePath

    assert isinstance(storage_path(f"local://{tmp_path}", connection_id=None), ObjectStoragePath)
