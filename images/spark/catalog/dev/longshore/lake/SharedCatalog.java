package dev.longshore.lake;

import org.apache.iceberg.TableOperations;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.jdbc.JdbcCatalog;

/** The lake outside of environments: Iceberg's catalog in PostgreSQL, with {@link KnownCommits}. */
public final class SharedCatalog extends JdbcCatalog {
  @Override
  protected TableOperations newTableOps(TableIdentifier table) {
    return new KnownCommits(super.newTableOps(table));
  }
}
