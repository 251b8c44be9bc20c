package dev.longshore.copy;

import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.iceberg.PartitionSpec;
import org.apache.iceberg.StructLike;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.data.parquet.InternalWriter;
import org.apache.iceberg.deletes.EqualityDeleteWriter;
import org.apache.iceberg.deletes.PositionDeleteWriter;
import org.apache.iceberg.encryption.EncryptedOutputFile;
import org.apache.iceberg.io.DataWriter;
import org.apache.iceberg.io.FileWriterFactory;
import org.apache.iceberg.parquet.Parquet;

/** Writes rows as Parquet, with the table's properties, field IDs and metrics; only what is read differs from Spark's. */
final class RowFiles implements FileWriterFactory<CopyRow> {
  private final Table table;
  private final long rowGroup;

  /**
   * @param rowGroup bytes of a row group, which may be fewer than the table's property says
   */
  RowFiles(Table table, long rowGroup) {
    this.table = table;
    this.rowGroup = rowGroup;
  }

  @Override
  public DataWriter<CopyRow> newDataWriter(EncryptedOutputFile file, PartitionSpec spec, StructLike partition) {
    try {
      return Parquet.writeData(file)
          .forTable(table)
          .set(TableProperties.PARQUET_ROW_GROUP_SIZE_BYTES, Long.toString(rowGroup))
          .createWriterFunc((schema, message) -> InternalWriter.<CopyRow>createWriter(schema, message))
          .withSpec(spec)
          .withPartition(partition)
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public EqualityDeleteWriter<CopyRow> newEqualityDeleteWriter(
      EncryptedOutputFile file, PartitionSpec spec, StructLike partition) {
    throw new UnsupportedOperationException("rows are only added");
  }

  @Override
  public PositionDeleteWriter<CopyRow> newPositionDeleteWriter(
      EncryptedOutputFile file, PartitionSpec spec, StructLike partition) {
    throw new UnsupportedOperationException("rows are only added");
  }
}
