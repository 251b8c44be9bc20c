package dev.longshore.copy;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.apache.iceberg.shaded.org.apache.avro.util.Utf8;
import org.apache.iceberg.types.Type;
import org.apache.iceberg.types.Types;

/**
 * Reads a value of PostgreSQL's binary form as Iceberg's writers take it.
 *
 * <p>Source: PostgreSQL, the functions {@code *_send} of each type.
 */
interface CopyValue {
  /** Days from 1970, PostgreSQL's are from 2000. */
  int DAYS = 10_957;
  /** Microseconds from 1970. */
  long MICROSECONDS = 946_684_800_000_000L;

  /** The value whose form has {@code length} bytes from {@code at} on. */
  Object read(byte[] bytes, int at, int length);

  /**
   * The reader of a type's values for a column.
   *
   * @param kind the type, as PostgreSQL writes it; a numeric's digits are left out
   * @param column the column's type, which holds all of the type's values
   * @return null: such a column is not written here
   */
  static CopyValue of(String kind, Type column) {
    if (kind.endsWith("[]")) {
      return column.isListType() ? list(kind.substring(0, kind.length() - 2), column.asListType()) : null;
    }
    switch (kind) {
      case "smallint":
        return whole((bytes, at) -> Bytes.int2(bytes, at), column);
      case "integer":
        return whole((bytes, at) -> Bytes.int4(bytes, at), column);
      case "bigint":
        return whole(Bytes::int8, column);
      case "numeric":
        return column.typeId() == Type.TypeID.DECIMAL ? new CopyNumeric((Types.DecimalType) column) : null;
      default:
        return plain(kind, column.typeId());
    }
  }

  private static CopyValue plain(String kind, Type.TypeID column) {
    switch (kind + " " + column) {
      case "boolean BOOLEAN":
        return (bytes, at, length) -> bytes[at] != 0;
      case "real FLOAT":
        return (bytes, at, length) -> Float.intBitsToFloat(Bytes.int4(bytes, at));
      case "real DOUBLE":
        return (bytes, at, length) -> (double) Float.intBitsToFloat(Bytes.int4(bytes, at));
      case "double precision DOUBLE":
        return (bytes, at, length) -> Double.longBitsToDouble(Bytes.int8(bytes, at));
      case "text STRING":
        return (bytes, at, length) -> new Utf8(Arrays.copyOfRange(bytes, at, at + length));
      case "bytea BINARY":
        return (bytes, at, length) -> ByteBuffer.wrap(bytes, at, length).slice();
      case "date DATE":
        return (bytes, at, length) -> Bytes.int4(bytes, at) + DAYS;
      case "timestamp TIMESTAMP", "timestamptz TIMESTAMP":
        return (bytes, at, length) -> Bytes.int8(bytes, at) + MICROSECONDS;
      default:
        return null;
    }
  }

  /** A whole number of any width. */
  interface Whole {
    long read(byte[] bytes, int at);
  }

  private static CopyValue whole(Whole number, Type column) {
    switch (column.typeId()) {
      case INTEGER:
        return (bytes, at, length) -> (int) number.read(bytes, at);
      case LONG:
        return (bytes, at, length) -> number.read(bytes, at);
      case DOUBLE:
        return (bytes, at, length) -> (double) number.read(bytes, at);
      case DECIMAL:
        int scale = ((Types.DecimalType) column).scale();
        return (bytes, at, length) -> java.math.BigDecimal.valueOf(number.read(bytes, at)).setScale(scale);
      default:
        return null;
    }
  }

  /** An array of one dimension, or of none: dimensions, flags, the type, each dimension's length and first index. */
  private static CopyValue list(String kind, Types.ListType column) {
    CopyValue element = of(kind, column.elementType());
    return element == null
        ? null
        : (bytes, at, length) -> {
          int count = Bytes.int4(bytes, at) == 0 ? 0 : Bytes.int4(bytes, at + 12);
          List<Object> elements = new ArrayList<>(count);
          int next = at + 20;
          for (int index = 0; index < count; index++) {
            int size = Bytes.int4(bytes, next);
            elements.add(size < 0 ? null : element.read(bytes, next + 4, size));
            next += 4 + Math.max(size, 0);
          }
          return elements;
        };
  }
}
