import gzip
from pathlib import Path
from types import SimpleNamespace

import pytest
from fsspec.spec import AbstractBufferedFile
from longshore.connection.settings import PlatformSettings
from longshore.hooks import driver_log
from longshore.hooks.driver_log import LINE_LENGTH, SHOWN_LINES, driver_log_uri, parse_result, read_stream


def test_address_follows_awss_layout() -> None:
    settings = PlatformSettings("c", log_uri="s3://bucket/logs/")
    assert driver_log_uri(settings, virtual_cluster_id="vc", job_run_id="j") == (
        "s3://bucket/logs/vc/jobs/j/containers/spark-j/spark-j-driver"
    )
    assert driver_log_uri(PlatformSettings("c"), virtual_cluster_id="vc", job_run_id="j") == ""


@pytest.mark.parametrize("compressed", [False, True])
def test_plain_and_compressed_logs_are_read(tmp_path: Path, compressed: bool) -> None:
    text = b'start\nLONGSHORE_RESULT {"a": 1}\nmore\nLONGSHORE_RESULT {"a": 2}\nend'
    (tmp_path / ("stdout.gz" if compressed else "stdout")).write_bytes(gzip.compress(text) if compressed else text)
    log = read_stream(f"file://{tmp_path}", "stdout", connection_id=None)
    assert log.lines[0] == "start"
    assert log.lines[-1] == "end"
    assert log.note == ""
    assert parse_result(log.result_line) == {"a": 2}


def test_log_through_airflows_object_storage(tmp_path: Path) -> None:
    (tmp_path / "stdout.gz").write_bytes(gzip.compress(b"one\ntwo\n"))
    assert read_stream(f"local://{tmp_path}", "stdout", connection_id=None).lines == ("one", "two")


class StoredFile(AbstractBufferedFile):  # type: ignore[misc]
    """A file as object stores hand it out: read by ranges, and without lines of a limited length."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        super().__init__(SimpleNamespace(), "bucket/stdout", size=len(content))

    def _fetch_range(self, start: int, end: int) -> bytes:
        return self._content[start:end]


@pytest.mark.parametrize("compressed", [False, True])
def test_log_in_an_object_store_is_read_line_by_line(monkeypatch: pytest.MonkeyPatch, compressed: bool) -> None:
    text = b'one\nLONGSHORE_RESULT {"a": 2}\ntwo\n'
    there = "s3://bucket/stdout.gz" if compressed else "s3://bucket/stdout"
    content = gzip.compress(text) if compressed else text

    def stored(uri: str, *, connection_id: str | None) -> SimpleNamespace:
        return SimpleNamespace(
            exists=lambda: uri == there,
            name=uri.rpartition("/")[2],
            parent=SimpleNamespace(),  # which may not be listed
            stat=lambda: SimpleNamespace(st_size=len(content)),
            open=lambda _mode: StoredFile(content),
        )

    monkeypatch.setattr(driver_log, "storage_path", stored)
    log = read_stream("s3://bucket", "stdout", connection_id="aws_default")
    assert (log.lines[0], log.lines[-1], log.note) == ("one", "two", "")
    assert parse_result(log.result_line) == {"a": 2}


def test_only_the_last_lines_are_kept_and_the_rest_is_counted(tmp_path: Path) -> None:
    (tmp_path / "stderr").write_text("".join(f"line {n}\n" for n in range(SHOWN_LINES + 7)))
    log = read_stream(f"file://{tmp_path}", "stderr", connection_id=None)
    assert len(log.lines) == SHOWN_LINES
    assert log.lines[-1] == f"line {SHOWN_LINES + 6}"
    assert log.note == "the first 7 lines are left out"


def test_result_is_found_before_the_last_lines(tmp_path: Path) -> None:
    (tmp_path / "stdout").write_text("LONGSHORE_RESULT 1\n" + "x\n" * (SHOWN_LINES + 1))
    assert read_stream(f"file://{tmp_path}", "stdout", connection_id=None).result_line == "1"


def test_result_does_not_count_on_standard_error(tmp_path: Path) -> None:
    (tmp_path / "stderr").write_text("LONGSHORE_RESULT 1\n")
    assert read_stream(f"file://{tmp_path}", "stderr", connection_id=None).result_line == ""


def test_huge_plain_log_is_entered_near_its_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver_log, "READ_BYTES", 8)
    (tmp_path / "stderr").write_text("0123456789\nabc\ndef\n")
    log = read_stream(f"file://{tmp_path}", "stderr", connection_id=None)
    assert log.lines == ("abc", "def")
    assert log.note == "the first 11 bytes are left out"


def test_long_line_is_cut_and_bytes_that_are_no_text_are_shown(tmp_path: Path) -> None:
    (tmp_path / "stderr").write_bytes(b"x" * (LINE_LENGTH + 1) + b"\n\xff\n")
    cut, odd = read_stream(f"file://{tmp_path}", "stderr", connection_id=None).lines
    assert cut.endswith(f"… ({LINE_LENGTH + 1} characters)")
    assert odd == "\ufffd"


@pytest.mark.parametrize("compressed", [False, True])
def test_end_of_a_rotated_log_is_read_across_its_last_two_files(tmp_path: Path, compressed: bool) -> None:
    parts = {
        "stdout_20260102_9": b"LONGSHORE_RESULT 1\n",
        "stdout_20260101_10": b"before\nLONGSHORE_RESULT 2\n",
        "stdout": b"after\n",
        "stderr": b"other\n",
        "stdout_x": b"no\n",
    }
    for name, content in parts.items():
        (tmp_path / (name + ".gz" * compressed)).write_bytes(gzip.compress(content) if compressed else content)
    log = read_stream(f"file://{tmp_path}", "stdout", connection_id=None)
    assert log.lines == ("before", "LONGSHORE_RESULT 2", "after")
    assert log.result_line == "2"
    assert log.note == "the first 1 files are left out"


def test_newest_file_of_a_rotated_log_has_the_last_word(tmp_path: Path) -> None:
    (tmp_path / "stdout_20260101_0").write_text("LONGSHORE_RESULT 1\n")
    (tmp_path / "stdout").write_text("LONGSHORE_RESULT 2\n")
    log = read_stream(f"file://{tmp_path}", "stdout", connection_id=None)
    assert (log.result_line, log.note) == ("2", "")


def test_missing_log_is_a_note(tmp_path: Path) -> None:
    log = read_stream(f"file://{tmp_path}/nowhere", "stdout", connection_id=None)
    assert (log.lines, log.note) == ((), "is not there")


@pytest.mark.parametrize("uri", ["s3://bucket/logs", "nonsense://x"])
def test_storage_that_cannot_be_opened_is_a_note(uri: str) -> None:
    log = read_stream(uri, "stdout", connection_id=None)
    assert log.note.startswith("cannot be read: ")


def test_damaged_log_is_a_note(tmp_path: Path) -> None:
    (tmp_path / "stdout.gz").write_bytes(gzip.compress(b"x" * 1000)[:-9])
    assert read_stream(f"file://{tmp_path}", "stdout", connection_id=None).note.startswith("cannot be read: EOFError")


def test_error_lines_are_those_that_tell_and_what_the_program_says_last(tmp_path: Path) -> None:
    (tmp_path / "stderr").write_text(
        "INFO a\nERROR b\nINFO c\njava.lang.OutOfMemoryError: d\nINFO e\ntransfer: no f.\n"
    )
    log = read_stream(f"file://{tmp_path}", "stderr", connection_id=None)
    assert log.error_lines() == ("ERROR b", "java.lang.OutOfMemoryError: d", "transfer: no f.")
    assert log.error_lines(1) == ("transfer: no f.",)


def test_error_lines_are_no_stack_frames(tmp_path: Path) -> None:
    frames = "".join(f"\tat org.apache.SparkException.a({n})\n\t... {n} more\n" for n in range(9))
    (tmp_path / "stderr").write_text(f"org.apache.SparkException: b\n{frames}transfer: The column 'c' is wrong.\n")
    log = read_stream(f"file://{tmp_path}", "stderr", connection_id=None)
    assert log.error_lines() == ("org.apache.SparkException: b", "transfer: The column 'c' is wrong.")


def test_log_without_an_error_gives_its_last_lines(tmp_path: Path) -> None:
    (tmp_path / "stderr").write_text("a\nb\n\n")
    assert read_stream(f"file://{tmp_path}", "stderr", connection_id=None).error_lines(1) == ("b",)


def test_no_line_is_no_result() -> None:
    assert parse_result("") is None
