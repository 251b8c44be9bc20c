package dev.longshore.copy;

import java.io.Closeable;
import java.util.Map;
import java.util.Properties;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.apache.spark.sql.connector.catalog.Column;
import org.apache.spark.sql.connector.catalog.SupportsWrite;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.connector.catalog.TableCapability;
import org.apache.spark.sql.connector.catalog.TableProvider;
import org.apache.spark.sql.connector.expressions.Transform;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.LogicalWriteInfo;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.Write;
import org.apache.spark.sql.connector.write.WriteBuilder;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * A staging table of PostgreSQL, to which Spark writes rows once: as the format {@link Format} with its handle.
 *
 * <p>Spark shows a format's options in its plans and its event log. So the connection's properties are no options: they
 * stay here, and go to the tasks.
 */
public final class StagingTable implements Table, SupportsWrite, Closeable {
  private static final Map<String, StagingTable> OPEN = new ConcurrentHashMap<>();

  private final String handle = UUID.randomUUID().toString();
  private final String name;
  private final String url;
  private final Properties properties;
  private final String statement;
  private final int batch;
  private volatile long rows;

  private StagingTable(String name, String url, Properties properties, String statement, int batch) {
    this.name = name;
    this.url = url;
    this.properties = properties;
    this.statement = statement;
    this.batch = batch;
  }

  /**
   * Opens a table for Spark.
   *
   * @param statement a COPY … FROM STDIN (FORMAT binary) of the columns that are going to be written
   * @param batch rows of a statement, at most
   */
  public static StagingTable open(String name, String url, Properties properties, String statement, int batch) {
    StagingTable table = new StagingTable(name, url, properties, statement, batch);
    OPEN.put(table.handle, table);
    return table;
  }

  /** Spark's way to a table. */
  public static final class Format implements TableProvider {
    @Override
    public StructType inferSchema(CaseInsensitiveStringMap options) {
      return new StructType(); // the table takes any
    }

    @Override
    public Table getTable(StructType schema, Transform[] partitioning, Map<String, String> properties) {
      return OPEN.get(properties.get("handle"));
    }
  }

  /** The value of the format's option of that name. */
  public String handle() {
    return handle;
  }

  /** The number of rows that all tasks have committed. */
  public long rows() {
    return rows;
  }

  @Override
  public void close() {
    OPEN.remove(handle);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public Column[] columns() {
    return new Column[0];
  }

  @Override
  public Set<TableCapability> capabilities() {
    return Set.of(TableCapability.BATCH_WRITE, TableCapability.ACCEPT_ANY_SCHEMA);
  }

  @Override
  public WriteBuilder newWriteBuilder(LogicalWriteInfo info) {
    var way = new SentRows.Way(url, properties, statement, batch, info.schema());
    return new WriteBuilder() {
      @Override
      public Write build() {
        return new Write() {
          @Override
          public BatchWrite toBatch() {
            return new Copies(way);
          }
        };
      }
    };
  }

  private final class Copies implements BatchWrite {
    private final SentRows.Way way;

    Copies(SentRows.Way way) {
      this.way = way;
    }

    @Override
    public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
      return way;
    }

    @Override
    public void commit(WriterCommitMessage[] messages) {
      rows = Stream.of(messages).mapToLong(message -> ((SentRows.Committed) message).rows()).sum();
    }

    @Override
    public void abort(WriterCommitMessage[] messages) {
      // What tasks have committed is dropped with the table.
    }
  }
}
