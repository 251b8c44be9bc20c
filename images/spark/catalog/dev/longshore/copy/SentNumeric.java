package dev.longshore.copy;

import java.math.BigInteger;
import java.math.RoundingMode;
import java.nio.ByteBuffer;
import org.apache.spark.sql.catalyst.expressions.SpecializedGetters;
import org.apache.spark.sql.types.Decimal;
import org.apache.spark.sql.types.DecimalType;
import org.postgresql.core.Oid;

/**
 * Writes a {@code numeric}, as {@link CopyNumeric} reads it.
 *
 * <p>Source: PostgreSQL, src/backend/utils/adt/numeric.c, numeric_recv.
 */
final class SentNumeric implements SentValue {
  private static final short NEGATIVE = 0x4000;
  private static final int BASE = 10_000;
  /** Four digits to the base 10,000. */
  private static final BigInteger FOUR = BigInteger.TEN.pow(16);
  /** All digits to the base 10,000 of a decimal of 38 digits, whose point stands between two of them. */
  private static final int MOST = 11;
  /** So many digits to the base 10 fit into a long. */
  private static final int SHORT = 18;

  private final int precision;
  private final int scale;
  /** So many zeros put the point between two digits to the base 10,000. */
  private final int zeros;
  private final BigInteger shift;
  private final short[] digits = new short[MOST]; // the last one first

  SentNumeric(DecimalType type) {
    this.precision = type.precision();
    this.scale = type.scale();
    this.zeros = (4 - scale % 4) % 4;
    this.shift = BigInteger.TEN.pow(zeros);
  }

  @Override
  public int oid() {
    return Oid.NUMERIC;
  }

  @Override
  public void write(SpecializedGetters values, int at, RowBuffer out) {
    Decimal value = values.getDecimal(at, precision, scale);
    if (precision + zeros <= SHORT && value.scale() == scale) {
      long unscaled = value.toUnscaledLong();
      put(unscaled < 0, digitsOf(Math.abs(unscaled) * shift.longValue(), 0), out);
      return;
    }
    BigInteger unscaled = value.toJavaBigDecimal().setScale(scale, RoundingMode.UNNECESSARY).unscaledValue();
    BigInteger rest = unscaled.abs().multiply(shift);
    int count = 0;
    while (rest.bitLength() >= Long.SIZE) {
      BigInteger[] parts = rest.divideAndRemainder(FOUR);
      long part = parts[1].longValueExact();
      for (int end = count + 4; count < end; count++) {
        digits[count] = (short) (part % BASE);
        part /= BASE;
      }
      rest = parts[0];
    }
    put(unscaled.signum() < 0, digitsOf(rest.longValueExact(), count), out);
  }

  /** Adds the digits of {@code rest} after {@code count} others. Returns how many there are then. */
  private int digitsOf(long rest, int count) {
    for (long left = rest; left != 0; left /= BASE) {
      digits[count++] = (short) (left % BASE);
    }
    return count;
  }

  private void put(boolean negative, int count, RowBuffer out) {
    int weight = count == 0 ? 0 : count - (scale + zeros) / 4 - 1;
    ByteBuffer bytes = out.room(12 + 2 * count).putInt(8 + 2 * count);
    bytes.putShort((short) count).putShort((short) weight).putShort(negative ? NEGATIVE : 0).putShort((short) scale);
    for (int digit = count - 1; digit >= 0; digit--) {
      bytes.putShort(digits[digit]);
    }
  }
}
