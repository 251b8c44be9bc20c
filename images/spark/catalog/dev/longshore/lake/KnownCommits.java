package dev.longshore.lake;

import org.apache.iceberg.Snapshot;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.exceptions.CommitFailedException;

/**
 * A table whose commits are known to have happened also where their answer was lost.
 *
 * <p>Iceberg's pool of connections sends a statement again when its connection breaks. Had the first one been done, the
 * second changes nothing, and Iceberg takes the commit for failed: it would delete files that the table has by then.
 */
final class KnownCommits extends ForwardingOperations {
  KnownCommits(TableOperations table) {
    super(table);
  }

  @Override
  public void commit(TableMetadata from, TableMetadata to) {
    try {
      table.commit(from, to);
    } catch (CommitFailedException e) {
      Snapshot added = to.currentSnapshot();
      if (from == null || added == null || from.snapshot(added.snapshotId()) != null) {
        throw e; // it adds none, and deletes no files
      }
      if (table.refresh().snapshot(added.snapshotId()) == null) {
        throw e;
      }
    }
  }
}
