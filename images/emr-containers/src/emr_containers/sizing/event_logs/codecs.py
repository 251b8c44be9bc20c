"""The compression of Spark's event logs: bytes in, bytes out, one chunk at a time.

A log that was cut off, such as that of a killed driver, is read up to its last whole block.

Sources: Spark 4.1, EventLogFileWriter and CompressionCodec; lz4-java, LZ4BlockOutputStream, whose blocks are not the
frames that other programs write.
"""

import struct
from collections.abc import Callable, Iterator
from typing import BinaryIO

import lz4.block
import zstandard

from emr_containers.sizing.event_logs.exceptions import EventLogError

CHUNK = 1 << 20
"""Bytes of a chunk before decompression, and about those after it."""
_HEADER = struct.Struct("<8sBiii")
_MAGIC = b"LZ4Block"
_RAW, _COMPRESSED = 0x10, 0x20
_LARGEST_BLOCK = 1 << 25


def decompressed(file: BinaryIO, codec: str | None) -> Iterator[bytes]:
    """Yields the content of a log.

    Args:
        codec: Spark's short name, the end of the file's name. None: it is not compressed.

    Raises:
        EventLogError: the codec cannot be read here, or the file is not of it. What was read before counts.
    """
    if codec is not None and codec not in _READERS:
        raise EventLogError(
            f"The event log is compressed by {codec!r}, which is not read here; set spark.eventLog.compression.codec "
            f"to {' or '.join(sorted(_READERS))}."
        )
    try:
        yield from _plain(file) if codec is None else _READERS[codec](file)
    except (zstandard.ZstdError, lz4.block.LZ4BlockError) as error:
        raise EventLogError(f"The event log cannot be read any further as {codec}: {error}.") from error


def _plain(file: BinaryIO) -> Iterator[bytes]:
    return iter(lambda: file.read(CHUNK), b"")


def _zstd(file: BinaryIO) -> Iterator[bytes]:
    # Spark flushes often, and each flush ends a frame.
    with zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True, closefd=False) as reader:
        yield from iter(lambda: reader.read(CHUNK), b"")


def _lz4(file: BinaryIO) -> Iterator[bytes]:
    gathered: list[bytes] = []
    size = 0
    while len(header := file.read(_HEADER.size)) == _HEADER.size:
        magic, token, packed, length, _checksum = _HEADER.unpack(header)
        if magic != _MAGIC or token & 0xF0 not in (_RAW, _COMPRESSED) or not _sound(packed, length):
            yield b"".join(gathered)
            raise EventLogError("The event log cannot be read any further as lz4: a block has a wrong head.")
        data = file.read(packed)
        if len(data) < packed:
            break
        gathered.append(data if token & 0xF0 == _RAW else lz4.block.decompress(data, uncompressed_size=length))
        if (size := size + length) >= CHUNK:
            yield b"".join(gathered)
            gathered, size = [], 0
    yield b"".join(gathered)


def _sound(packed: int, length: int) -> bool:
    # A damaged length must not become an allocation of gigabytes.
    return 0 <= packed <= _LARGEST_BLOCK and 0 <= length <= _LARGEST_BLOCK


_READERS: dict[str, Callable[[BinaryIO], Iterator[bytes]]] = {"lz4": _lz4, "zstd": _zstd}
