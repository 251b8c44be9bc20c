package dev.longshore.copy;

import dev.longshore.lake.StagedWrite;
import java.io.IOException;
import java.sql.Connection;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.List;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorCompletionService;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileFormat;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.io.OutputFileFactory;
import org.apache.iceberg.io.RollingDataWriter;
import org.apache.iceberg.types.Types;
import org.apache.iceberg.util.PropertyUtil;
import org.postgresql.Driver;
import org.postgresql.PGConnection;
import org.postgresql.copy.CopyOut;

/**
 * Copies rows of PostgreSQL into files of a table of the lake, without a Spark session: several binary COPYs at the same
 * time, each into files of its own, by Iceberg's own writers.
 */
public final class CopiedFiles {
  /** "PGCOPY\n\377\r\n\0", flags, and the length of what else the header has. */
  private static final int HEADER = 19;
  /** A row group is in memory until it is complete; all of them together get this part of the heap. */
  private static final int SHARE = 6;
  private static final int LEAST_ROW_GROUP = 1 << 20;

  private final StagedWrite staged;
  private final Table table;
  private final List<CopyValue> values = new ArrayList<>();
  private final List<Integer> fields;
  private final int width;
  private final String operation = UUID.randomUUID().toString();
  private volatile boolean stopped;

  /**
   * @param kinds the types of a row's fields, as {@link CopyValue#of} takes them
   * @param fields by column of the table the row's field; -1: none, it gets NULL
   */
  public CopiedFiles(StagedWrite staged, List<String> kinds, List<Integer> fields) {
    this.staged = staged;
    this.table = staged.table();
    this.fields = fields;
    this.width = kinds.size();
    List<Types.NestedField> columns = table.schema().columns();
    for (int column = 0; column < columns.size(); column++) {
      int field = fields.get(column);
      values.add(field < 0 ? null : CopyValue.of(kinds.get(field), columns.get(column).type()));
    }
  }

  /** The first column whose values cannot be written here; null: all can. */
  public String impossible() {
    for (int column = 0; column < values.size(); column++) {
      if (fields.get(column) >= 0 && values.get(column) == null) {
        return table.schema().columns().get(column).name();
      }
    }
    return null;
  }

  /**
   * Reads the rows of all statements, and adds their files to what is staged.
   *
   * @param begin the statements with which each reader's transaction begins
   * @param statements one COPY for each reader
   * @param readers how many read at the same time
   * @param key as {@link StagedWrite#add} has it
   * @return the number of rows
   */
  public long copy(
      String url, Properties properties, String begin, List<String> statements, int readers, String key)
      throws Exception {
    ExecutorService threads = Executors.newFixedThreadPool(readers);
    List<DataFile> files = new ArrayList<>();
    try {
      var parts = new ExecutorCompletionService<List<DataFile>>(threads);
      long rowGroup = Runtime.getRuntime().maxMemory() / SHARE / Math.min(readers, statements.size());
      for (int part = 0; part < statements.size(); part++) {
        int number = part;
        parts.submit(() -> copied(number, url, properties, begin, statements.get(number), rowGroup));
      }
      Exception failure = null;
      for (int part = 0; part < statements.size(); part++) {
        try {
          files.addAll(parts.take().get());
        } catch (ExecutionException e) {
          stopped = true;
          failure = failure != null ? failure : e.getCause() instanceof Exception cause ? cause : e;
        }
      }
      if (failure != null) {
        files.forEach(file -> table.io().deleteFile(file.location()));
        throw failure;
      }
    } finally {
      threads.shutdownNow();
    }
    staged.add(files, key);
    return files.stream().mapToLong(DataFile::recordCount).sum();
  }

  private List<DataFile> copied(
      int part, String url, Properties properties, String begin, String statement, long rowGroup)
      throws SQLException, IOException {
    if (stopped) {
      return List.of();
    }
    RollingDataWriter<CopyRow> writer = writer(part, rowGroup);
    boolean complete = false;
    try (Connection connection = new Driver().connect(url, properties)) {
      connection.setAutoCommit(false);
      try (Statement first = connection.createStatement()) {
        first.execute(begin);
      }
      CopyOut rows = connection.unwrap(PGConnection.class).getCopyAPI().copyOut(statement);
      try {
        complete = write(rows, writer);
      } finally {
        if (rows.isActive()) {
          rows.cancelCopy();
        }
      }
    } finally {
      try {
        writer.close();
      } finally {
        if (!complete) {
          writer.result().dataFiles().forEach(file -> table.io().deleteFile(file.location()));
        }
      }
    }
    return complete ? writer.result().dataFiles() : List.of();
  }

  /** Writes all rows; false: another reader has failed. Each message is a row; the first has the header before it. */
  private boolean write(CopyOut rows, RollingDataWriter<CopyRow> writer) throws SQLException {
    CopyRow row = new CopyRow(values, fields, width);
    int at = -1;
    byte[] message;
    while ((message = rows.readFromCopy()) != null) {
      at = at < 0 ? HEADER + Bytes.int4(message, HEADER - 4) : 0;
      if (row.read(message, at)) {
        writer.write(row);
      }
      if (stopped) {
        return false;
      }
    }
    return true;
  }

  private RollingDataWriter<CopyRow> writer(int part, long rowGroup) {
    long asked = PropertyUtil.propertyAsLong(
        table.properties(),
        TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES,
        TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES_DEFAULT);
    long size = PropertyUtil.propertyAsLong(
        table.properties(),
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES,
        TableProperties.WRITE_TARGET_FILE_SIZE_BYTES_DEFAULT);
    OutputFileFactory files =
        OutputFileFactory.builderFor(table, part, 0).operationId(operation).format(FileFormat.PARQUET).build();
    var parquet = new RowFiles(table, Math.max(Math.min(asked, rowGroup), LEAST_ROW_GROUP));
    return new RollingDataWriter<>(parquet, files, table.io(), size, table.spec(), null);
  }
}
