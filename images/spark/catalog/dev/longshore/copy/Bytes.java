package dev.longshore.copy;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/** Numbers in network byte order. */
final class Bytes {
  private static final VarHandle INT2 = handle(short[].class);
  private static final VarHandle INT4 = handle(int[].class);
  private static final VarHandle INT8 = handle(long[].class);

  private Bytes() {}

  static short int2(byte[] bytes, int at) {
    return (short) INT2.get(bytes, at);
  }

  static int int4(byte[] bytes, int at) {
    return (int) INT4.get(bytes, at);
  }

  static long int8(byte[] bytes, int at) {
    return (long) INT8.get(bytes, at);
  }

  private static VarHandle handle(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.BIG_ENDIAN);
  }
}
