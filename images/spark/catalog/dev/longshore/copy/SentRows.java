package dev.longshore.copy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.sql.Connection;
import java.sql.SQLException;
import java.util.Properties;
import java.util.stream.Stream;
import org.apache.spark.TaskContext;
import org.apache.spark.executor.OutputMetrics;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.types.StructType;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyIn;

/**
 * Sends the rows of a partition to the database, by binary COPYs in one transaction.
 *
 * <p>Rows of a COPY are collected first, so that the statement takes no longer than the database needs for them: while
 * it runs, {@code statement_timeout} counts. They are few enough for the memory, however wide they are.
 */
final class SentRows implements DataWriter<InternalRow> {
  private static final byte[] HEADER = "PGCOPY\n\u00ff\r\n\0\0\0\0\0\0\0\0\0".getBytes(StandardCharsets.ISO_8859_1);
  /** Bytes of the rows of one COPY, but for its last row. */
  private static final int ENOUGH = 8 << 20;
  /** Bytes of a message, so that the database reads the first one while the next is sent. */
  private static final int MESSAGE = 1 << 16;

  private final Way way;
  private final SentValue[] values;
  private final RowBuffer buffer = new RowBuffer();
  private final OutputMetrics metrics = TaskContext.get().taskMetrics().outputMetrics();
  private Connection connection; // null: no row was sent yet
  private int waiting;
  private long sent;

  private SentRows(Way way) {
    this.way = way;
    Stream<SentValue> found = Stream.of(way.schema.fields()).map(field -> SentValue.of(field.dataType()));
    this.values = found.toArray(SentValue[]::new);
  }

  /**
   * The way to the database, which tasks get.
   *
   * @param statement a COPY … FROM STDIN (FORMAT binary) of the schema's columns
   * @param batch rows of a statement, at most
   */
  record Way(String url, Properties properties, String statement, int batch, StructType schema)
      implements DataWriterFactory {
    @Override
    public DataWriter<InternalRow> createWriter(int partition, long task) {
      return new SentRows(this);
    }
  }

  /** The number of rows that a partition has committed. */
  record Committed(long rows) implements WriterCommitMessage {}

  @Override
  public void write(InternalRow row) throws IOException {
    buffer.room(2).putShort((short) values.length);
    for (int column = 0; column < values.length; column++) {
      if (row.isNullAt(column)) {
        buffer.room(4).putInt(-1);
      } else {
        values[column].write(row, column, buffer);
      }
    }
    waiting++;
    if (waiting >= way.batch || buffer.length() >= ENOUGH) {
      send();
    }
  }

  private void send() throws IOException {
    try {
      if (connection == null) {
        connection = new Driver().connect(way.url, way.properties);
        connection.setAutoCommit(false);
      }
      CopyIn copy = connection.unwrap(PGConnection.class).getCopyAPI().copyIn(way.statement);
      try {
        copy.writeToCopy(HEADER, 0, HEADER.length);
        for (int at = 0; at < buffer.length(); at += MESSAGE) {
          copy.writeToCopy(buffer.array(), at, Math.min(MESSAGE, buffer.length() - at));
        }
        copy.writeToCopy(new byte[] {-1, -1}, 0, 2); // the end of all rows
        if (copy.endCopy() != waiting) {
          throw new IllegalStateException("COPY has taken " + copy.getHandledRowCount() + " of " + waiting + " rows");
        }
      } finally {
        if (copy.isActive()) {
          copy.cancelCopy();
        }
      }
    } catch (SQLException e) {
      throw new IOException(e.getMessage(), e);
    }
    sent += waiting;
    metrics.setRecordsWritten(sent);
    metrics.setBytesWritten(metrics.bytesWritten() + buffer.length());
    waiting = 0;
    buffer.clear();
  }

  @Override
  public WriterCommitMessage commit() throws IOException {
    if (waiting > 0) {
      send();
    }
    try {
      if (connection != null) {
        connection.commit();
      }
    } catch (SQLException e) {
      throw new IOException(e.getMessage(), e);
    }
    return new Committed(sent);
  }

  @Override
  public void abort() {
    // Without a commit, closing rolls back.
  }

  @Override
  public void close() throws IOException {
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      throw new IOException(e.getMessage(), e);
    }
  }
}
