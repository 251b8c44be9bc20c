package dev.longshore.copy;

import java.nio.ByteBuffer;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.catalyst.util.ArrayData;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.BinaryType;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.ByteType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.DecimalType;
import org.apache.spark.sql.types.DoubleType;
import org.apache.spark.sql.types.FloatType;
import org.apache.spark.sql.types.IntegerType;
import org.apache.spark.sql.types.LongType;
import org.apache.spark.sql.types.ShortType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;
import org.apache.spark.unsafe.Platform;
import org.apache.spark.unsafe.types.UTF8String;
import org.postgresql.core.Oid;

/**
 * Writes a value of Spark's in PostgreSQL's binary form: its length in 32 bits, and its bytes.
 *
 * <p>Source: PostgreSQL, the functions {@code *_recv} of each type.
 */
interface SentValue {
  /** The OID of the type in PostgreSQL that has these values. */
  int oid();

  /** Writes the value at {@code at}, which is not NULL. */
  void write(SpecializedGetters values, int at, RowBuffer out);

  /** A value, and its type in PostgreSQL. */
  record Plain(int oid, Writer writer) implements SentValue {
    /** Writes one value. */
    interface Writer {
      void write(SpecializedGetters values, int at, RowBuffer out);
    }

    @Override
    public void write(SpecializedGetters values, int at, RowBuffer out) {
      writer.write(values, at, out);
    }
  }

  /** The writer of a type's values; the application has columns for these types alone (`write_expressions.py`). */
  static SentValue of(DataType type) {
    if (type instanceof ArrayType array) {
      return array(of(array.elementType()));
    }
    if (type instanceof DecimalType decimal) {
      return new SentNumeric(decimal);
    }
    if (type instanceof BooleanType) {
      return new Plain(Oid.BOOL, (v, at, out) -> out.room(5).putInt(1).put((byte) (v.getBoolean(at) ? 1 : 0)));
    }
    if (type instanceof ByteType) {
      return new Plain(Oid.INT2, (v, at, out) -> out.room(6).putInt(2).putShort(v.getByte(at)));
    }
    if (type instanceof ShortType) {
      return new Plain(Oid.INT2, (v, at, out) -> out.room(6).putInt(2).putShort(v.getShort(at)));
    }
    if (type instanceof IntegerType) {
      return new Plain(Oid.INT4, (v, at, out) -> out.room(8).putInt(4).putInt(v.getInt(at)));
    }
    if (type instanceof LongType) {
      return new Plain(Oid.INT8, (v, at, out) -> out.room(12).putInt(8).putLong(v.getLong(at)));
    }
    if (type instanceof FloatType) {
      return new Plain(
          Oid.FLOAT4, (v, at, out) -> out.room(8).putInt(4).putInt(Float.floatToIntBits(v.getFloat(at))));
    }
    if (type instanceof DoubleType) {
      return new Plain(
          Oid.FLOAT8, (v, at, out) -> out.room(12).putInt(8).putLong(Double.doubleToLongBits(v.getDouble(at))));
    }
    if (type instanceof DateType) {
      return new Plain(
          Oid.DATE, (v, at, out) -> out.room(8).putInt(4).putInt(Math.subtractExact(v.getInt(at), CopyValue.DAYS)));
    }
    if (type instanceof TimestampType || type instanceof TimestampNTZType) {
      return new Plain(
          type instanceof TimestampType ? Oid.TIMESTAMPTZ : Oid.TIMESTAMP,
          (v, at, out) ->
              out.room(12).putInt(8).putLong(Math.subtractExact(v.getLong(at), CopyValue.MICROSECONDS)));
    }
    if (type instanceof StringType) {
      return new Plain(Oid.TEXT, (v, at, out) -> text(v.getUTF8String(at), out));
    }
    if (type instanceof BinaryType) {
      return new Plain(
          Oid.BYTEA,
          (v, at, out) -> {
            byte[] bytes = v.getBinary(at);
            out.room(4 + bytes.length).putInt(bytes.length).put(bytes);
          });
    }
    throw new IllegalArgumentException("no column of PostgreSQL has the type " + type.simpleString());
  }

  private static void text(UTF8String text, RowBuffer out) {
    int size = text.numBytes();
    ByteBuffer bytes = out.room(4 + size).putInt(size);
    text.writeToMemory(bytes.array(), Platform.BYTE_ARRAY_OFFSET + bytes.position());
    bytes.position(bytes.position() + size);
  }

  /** An array of one dimension that counts from 1, or of none: as {@link CopyValue} reads it. */
  private static SentValue array(SentValue element) {
    return new Plain(
        Oid.UNSPECIFIED,
        (values, at, out) -> {
          ArrayData elements = values.getArray(at);
          int count = elements.numElements();
          int start = out.begin();
          // Flags: PostgreSQL sees by itself whether there is a NULL.
          out.room(12).putInt(count == 0 ? 0 : 1).putInt(0).putInt(element.oid());
          if (count > 0) {
            out.room(8).putInt(count).putInt(1);
          }
          for (int index = 0; index < count; index++) {
            if (elements.isNullAt(index)) {
              out.room(4).putInt(-1);
            } else {
              element.write(elements, index, out);
            }
          }
          out.end(start);
        });
  }
}
