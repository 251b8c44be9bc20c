package dev.longshore.copy;

import java.nio.ByteBuffer;

/** Rows in binary, on their way to the database: bytes that grow, in network byte order. */
final class RowBuffer {
  private static final int LONGEST = Integer.MAX_VALUE - 8;

  private ByteBuffer bytes = ByteBuffer.allocate(1 << 16);

  /** The bytes, at their end, with room for {@code size} more. */
  ByteBuffer room(int size) {
    if (bytes.remaining() < size) {
      long needed = (long) bytes.position() + size;
      if (needed > LONGEST) {
        throw new OutOfMemoryError("a row is larger than 2 GiB");
      }
      bytes = ByteBuffer.allocate((int) Math.min(Math.max(needed, 2L * bytes.position()), LONGEST)).put(bytes.flip());
    }
    return bytes;
  }

  /** Begins a value whose length is not known yet. Returns what {@link #end} needs. */
  int begin() {
    room(4).putInt(0);
    return bytes.position();
  }

  /** Ends the value: its length is written before it. */
  void end(int start) {
    bytes.putInt(start - 4, bytes.position() - start);
  }

  int length() {
    return bytes.position();
  }

  byte[] array() {
    return bytes.array();
  }

  void clear() {
    bytes.clear();
  }
}
