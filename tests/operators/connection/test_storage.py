from pathlib import Path

from longshore.connection.storage import storage_path, write_once


def test_local_uri_is_a_plain_path() -> None:
    assert storage_path("file:///var/log/a%20b", connection_id="aws_default") == Path("/var/log/a b")


def test_other_uris_are_airflows_paths(tmp_path: Path) -> None:
    from airflow.sdk import ObjectStoragePath

    assert isinstance(storage_path(f"local://{tmp_path}", connection_id=None), ObjectStoragePath)


def test_object_that_is_there_is_left_alone_and_a_part_of_one_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "object"
    write_once(path, b"whole")
    before = path.stat().st_mtime_ns
    write_once(path, b"whole")
    assert path.stat().st_mtime_ns == before
    path.write_bytes(b"who")  # of a writer that was killed
    write_once(path, b"whole")
    assert path.read_bytes() == b"whole"
    assert [found.name for found in path.parent.iterdir()] == ["object"]
