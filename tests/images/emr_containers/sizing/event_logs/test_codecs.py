import io
import struct

import lz4.block
import pytest
from emr_containers.sizing.event_logs.codecs import decompressed
from emr_containers.sizing.event_logs.exceptions import EventLogError
from hypothesis import given
from hypothesis import strategies as st


def block(data: bytes, *, raw: bool = False) -> bytes:
    """A block as lz4-java writes it; its sum is not checked."""
    packed = data if raw else lz4.block.compress(data, store_size=False)
    return struct.pack("<8sBiii", b"LZ4Block", (0x10 if raw else 0x20) | 5, len(packed), len(data), 0) + packed


def test_blocks_of_lz4_are_joined_over_the_end_marks_of_streams() -> None:
    text = block(b"a" * 1000) + block(b"bc", raw=True) + block(b"", raw=True) + block(b"d" * 10)
    assert b"".join(decompressed(io.BytesIO(text), "lz4")) == b"a" * 1000 + b"bc" + b"d" * 10


def test_an_unknown_codec_is_refused_with_the_ones_to_use() -> None:
    with pytest.raises(EventLogError, match=r"by 'snappy', .* spark.eventLog.compression.codec to lz4 or zstd"):
        [*decompressed(io.BytesIO(b""), "snappy")]


@pytest.mark.parametrize("codec", ["lz4", "zstd", None])
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(codec: str | None, data: bytes) -> None:
    try:
        [*decompressed(io.BytesIO(data), codec)]
    except EventLogError:
        assert codec is not None


def test_a_damaged_length_allocates_nothing() -> None:
    head = struct.pack("<8sBiii", b"LZ4Block", 0x20, 2**31 - 1, 2**31 - 1, 0)
    with pytest.raises(EventLogError, match="wrong head"):
        [*decompressed(io.BytesIO(block(b"whole") + head + b"x"), "lz4")]
