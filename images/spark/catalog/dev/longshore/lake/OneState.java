package dev.longshore.lake;

import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;

/** A table that stays as it was found until it is committed to: a commit fails where the table has changed since. */
final class OneState extends ForwardingOperations {
  private final TableMetadata base;
  private boolean committed;

  OneState(TableOperations table, TableMetadata base) {
    super(table);
    this.base = base;
  }

  @Override
  public TableMetadata current() {
    return committed ? table.current() : base;
  }

  @Override
  public TableMetadata refresh() {
    return committed ? table.refresh() : base;
  }

  @Override
  public void commit(TableMetadata from, TableMetadata to) {
    table.commit(from, to);
    committed = true;
  }
}
