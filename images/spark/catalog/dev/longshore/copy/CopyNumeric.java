package dev.longshore.copy;

import java.math.BigDecimal;
import java.math.BigInteger;
import org.apache.iceberg.types.Types;

/**
 * Reads a {@code numeric}: the number of digits to the base 10,000, the weight of the first, the sign, the scale that
 * is shown, and the digits, 16 bits each.
 *
 * <p>Source: PostgreSQL, src/backend/utils/adt/numeric.c, numeric_send.
 */
final class CopyNumeric implements CopyValue {
  private static final int NEGATIVE = 0x4000;
  /** So many digits to the base 10,000 fit into a long. */
  private static final int SHORT = 4;
  private static final BigInteger BASE = BigInteger.valueOf(10_000);
  private static final long[] POWERS = new long[19];

  static {
    POWERS[0] = 1;
    for (int power = 1; power < POWERS.length; power++) {
      POWERS[power] = 10 * POWERS[power - 1];
    }
  }

  private final int scale;
  private final boolean fitsLong;

  CopyNumeric(Types.DecimalType column) {
    this.scale = column.scale();
    this.fitsLong = column.precision() < POWERS.length;
  }

  @Override
  public Object read(byte[] bytes, int at, int length) {
    int digits = Bytes.int2(bytes, at);
    int sign = Bytes.int2(bytes, at + 4);
    if (sign != 0 && sign != NEGATIVE) {
      throw new IllegalStateException("NaN and infinity are no decimals"); // the database has refused them before
    }
    // The power of ten of the last digit's unit, in units of the column's scale.
    int power = 4 * (Bytes.int2(bytes, at + 2) - digits + 1) + scale;
    if (fitsLong && digits <= SHORT) {
      long sum = 0;
      for (int digit = 0; digit < digits; digit++) {
        sum = sum * 10_000 + Bytes.int2(bytes, at + 8 + 2 * digit);
      }
      // All digits after the scale are zeros, which the database has made sure of.
      long unscaled = power < 0 ? sum / POWERS[-power] : sum == 0 ? 0 : sum * POWERS[power];
      return BigDecimal.valueOf(sign == 0 ? unscaled : -unscaled, scale);
    }
    BigInteger sum = BigInteger.ZERO;
    for (int digit = 0; digit < digits; digit++) {
      sum = sum.multiply(BASE).add(BigInteger.valueOf(Bytes.int2(bytes, at + 8 + 2 * digit)));
    }
    sum = power < 0 ? sum.divide(BigInteger.TEN.pow(-power)) : sum.multiply(BigInteger.TEN.pow(power));
    return new BigDecimal(sign == 0 ? sum : sum.negate(), scale);
  }
}
