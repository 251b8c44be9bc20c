import pytest
from emr_containers.sizing.event_logs.names import codec_of, is_log, ordered_parts


def test_parts_are_in_the_order_of_their_numbers_and_a_compact_one_replaces_those_before_it() -> None:
    names = ["events_10_app", "events_2_app.compact", "appstatus_app", "events_1_app", "events_2_app", "events_3_app"]
    assert ordered_parts(names) == ["events_2_app.compact", "events_3_app", "events_10_app"]
    assert ordered_parts(["events_3_app.zstd", ".events_3_app.zstd.crc"]) == ["events_3_app.zstd"]
    assert ordered_parts([]) == []


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("spark-0000", None),
        ("spark-0000.zstd", "zstd"),
        ("spark-0000.lz4.inprogress", "lz4"),
        ("events_1_spark-0000.zstd.compact", "zstd"),
        ("local-1796048945237.inprogress", None),
        ("app.1", None),
        ("app.snappy", "snappy"),
    ],
)
def test_the_codec_is_the_end_of_the_name(name: str, codec: str | None) -> None:
    assert codec_of(name) == codec


def test_checksums_and_marks_are_no_logs() -> None:
    assert is_log("eventlog_v2_app")
    assert is_log("app.zstd")
    assert not is_log(".app.zstd.crc")
    assert not is_log("appstatus_app")
