package dev.longshore.copy;

import java.util.List;
import org.apache.iceberg.StructLike;

/**
 * A row of PostgreSQL's binary COPY, read as a row of a table of the lake.
 *
 * <p>Source: PostgreSQL, "COPY", "Binary Format": the number of fields in 16 bits, then each field's length in 32 bits
 * (-1: NULL) and its bytes.
 */
final class CopyRow implements StructLike {
  private final CopyValue[] values;
  private final int[] fields;
  private final int[] starts;
  private final int[] lengths;
  private byte[] bytes;

  /**
   * @param values by column of the table; null: a column that rows do not have
   * @param fields by column, which of the row's fields it gets
   * @param width the number of fields of a row
   */
  CopyRow(List<CopyValue> values, List<Integer> fields, int width) {
    this.values = values.toArray(CopyValue[]::new);
    this.fields = fields.stream().mapToInt(Integer::intValue).toArray();
    this.starts = new int[width];
    this.lengths = new int[width];
  }

  /** Reads the row in {@code message}, which begins at {@code at}; false: it is the end of all rows. */
  boolean read(byte[] message, int at) {
    int count = Bytes.int2(message, at);
    if (count == -1) {
      return false;
    }
    int next = at + 2;
    if (count != starts.length) {
      throw new IllegalStateException("a row of COPY has " + count + " fields instead of " + starts.length);
    }
    for (int field = 0; field < count; field++) {
      lengths[field] = Bytes.int4(message, next);
      starts[field] = next + 4;
      next = starts[field] + Math.max(lengths[field], 0);
    }
    if (next != message.length) {
      throw new IllegalStateException("a message of COPY is no single row");
    }
    bytes = message;
    return true;
  }

  @Override
  public int size() {
    return values.length;
  }

  @Override
  public <T> T get(int column, Class<T> type) {
    if (values[column] == null || lengths[fields[column]] < 0) {
      return null;
    }
    return type.cast(values[column].read(bytes, starts[fields[column]], lengths[fields[column]]));
  }

  @Override
  public <T> void set(int column, T value) {
    throw new UnsupportedOperationException("a row of COPY is only read");
  }
}
