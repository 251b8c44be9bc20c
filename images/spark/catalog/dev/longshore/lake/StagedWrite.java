package dev.longshore.lake;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.iceberg.AppendFiles;
import org.apache.iceberg.BaseTable;
import org.apache.iceberg.DataFile;
import org.apache.iceberg.FileScanTask;
import org.apache.iceberg.HasTableOperations;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.OverwriteFiles;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.SnapshotUpdate;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.Transaction;
import org.apache.iceberg.Transactions;
import org.apache.iceberg.UpdateProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.expressions.Expressions;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.io.FileIO;

/**
 * Rows that are written to a table of the lake before anybody can see them, and published in one commit.
 *
 * <p>Spark writes files to a transaction of Iceberg's that is never committed, as it does for CREATE TABLE AS SELECT: the
 * files have the columns that the table is going to have. Publishing is another transaction with these files, the new
 * columns and the table's new properties. It is made anew for each state of the table that it meets, so that what has
 * to hold of that state is looked at in the very commit: Iceberg by itself would apply an append again to whatever it
 * finds.
 */
public final class StagedWrite {
  private static final Map<String, StagedWrite> OPEN = new ConcurrentHashMap<>();
  private static final int TRIES = 20;

  /** In a snapshot's summary: whose commit it is. */
  public static final String KEY = "longshore.commit";

  private final String handle;
  private final String name;
  private final TableOperations operations; // null: the table is to be made
  private final TableMetadata start;
  private final Schema changed; // null: none of its columns is
  private final Transaction writing;
  private List<DataFile> copied; // null: Spark writes

  private StagedWrite(
      TableIdentifier table,
      String name,
      TableOperations operations,
      TableMetadata start,
      Schema changed,
      Transaction writing) {
    this.handle = table.name() + "$staged$" + UUID.randomUUID();
    this.name = name;
    this.operations = operations;
    this.start = start;
    this.changed = changed;
    this.writing = writing;
  }

  /** Rows for a table that is there, at its state {@code start}. {@code changed}: columns to add or widen. */
  static StagedWrite to(TableIdentifier identifier, Table table, TableMetadata start, Schema changed) {
    TableOperations operations = ((HasTableOperations) table).operations();
    Transaction writing = Transactions.newTransaction(table.name(), new OneState(operations, start));
    if (changed != null) {
      writing.updateSchema().caseSensitive(false).unionByNameWith(changed).commit();
    }
    return opened(new StagedWrite(identifier, table.name(), operations, start, changed, writing));
  }

  /** Rows for a table that is missing. */
  static StagedWrite ofNew(Catalog catalog, TableIdentifier identifier, Schema schema) {
    Transaction writing = catalog.buildTable(identifier, schema).createTransaction();
    return opened(new StagedWrite(identifier, identifier.toString(), null, null, null, writing));
  }

  private static StagedWrite opened(StagedWrite staged) {
    OPEN.put(staged.handle, staged);
    return staged;
  }

  static StagedWrite of(String handle) {
    return OPEN.get(handle);
  }

  /** The name by which Spark writes to it, in the table's namespace. */
  public String handle() {
    return handle;
  }

  /** The table with the columns that it is going to have; it cannot be read. */
  public Table table() {
    return writing.table();
  }

  /**
   * Takes files that were written without Spark, once.
   *
   * @param key as {@link #publish} has it
   */
  public void add(List<DataFile> files, String key) {
    copied = List.copyOf(files);
    if (operations == null) { // else publishing has a transaction of its own
      AppendFiles update = writing.newAppend();
      files.forEach(update::appendFile);
      committed(update, key);
    }
  }

  /** The files that were written. */
  public List<DataFile> files() {
    if (copied != null) {
      return copied;
    }
    Snapshot written = writing.table().currentSnapshot();
    if (written == null || !isStaged(written)) {
      return List.of();
    }
    List<DataFile> files = new ArrayList<>();
    written.addedDataFiles(writing.table().io()).forEach(files::add);
    return files;
  }

  /**
   * Publishes the files in one commit.
   *
   * @param overwrite instead of all rows that the table had when this began
   * @param replaced the snapshot whose files go, too; null: none
   * @param key what the snapshot's summary has as {@link #KEY}; null: nothing
   * @param kept properties that must be as they were when this began: else another has committed in their name
   * @param set properties to set, and {@code removed} to remove
   * @return the snapshot
   * @throws ValidationException the table has changed in a way that does not let this be done exactly
   */
  public Snapshot publish(
      boolean overwrite,
      Long replaced,
      String key,
      List<String> kept,
      Map<String, String> set,
      List<String> removed) {
    List<DataFile> files = files();
    if (operations == null) {
      UpdateProperties properties = writing.updateProperties();
      set.forEach(properties::set);
      properties.commit();
      writing.commitTransaction();
      return writing.table().currentSnapshot();
    }
    for (int attempt = 1; ; attempt++) {
      TableMetadata base = operations.refresh();
      check(base, overwrite, replaced, kept);
      Transaction publishing = Transactions.newTransaction(name, new OneState(operations, base));
      if (changed != null) {
        publishing.updateSchema().caseSensitive(false).unionByNameWith(changed).commit();
      }
      if (!set.isEmpty() || !removed.isEmpty()) {
        UpdateProperties properties = publishing.updateProperties();
        set.forEach(properties::set);
        removed.forEach(properties::remove);
        properties.commit();
      }
      if (overwrite || replaced != null) {
        OverwriteFiles update = publishing.newOverwrite();
        if (overwrite) {
          update.overwriteByRowFilter(Expressions.alwaysTrue());
        } else {
          added(base, replaced).forEach(update::deleteFile);
        }
        files.forEach(update::addFile);
        committed(update, key);
      } else {
        AppendFiles update = publishing.newAppend();
        files.forEach(update::appendFile);
        committed(update, key);
      }
      try {
        publishing.commitTransaction();
        return publishing.table().currentSnapshot();
      } catch (CommitFailedException e) {
        if (attempt == TRIES) {
          throw e;
        }
      }
    }
  }

  private static void committed(SnapshotUpdate<?> update, String key) {
    if (key != null) {
      update.set(KEY, key);
    }
    update.commit();
  }

  /** The snapshot that was committed with a key; null where there is none, or it has expired. */
  public static Long committedAs(Table table, String key) {
    for (Snapshot snapshot : table.snapshots()) {
      if (key.equals(snapshot.summary().get(KEY))) {
        return snapshot.snapshotId();
      }
    }
    return null;
  }

  /** Whether a snapshot's files are still there with all their rows: "all", "none", or "some". */
  public static String presence(Table table, long snapshot) {
    Snapshot found = table.snapshot(snapshot);
    if (found == null) {
      return "none"; // it has expired
    }
    Set<String> there = locations(table);
    int all = 0;
    int left = 0;
    for (DataFile file : found.addedDataFiles(table.io())) {
      all++;
      left += there.contains(file.location()) ? 1 : 0;
    }
    return left == all ? "all" : left == 0 ? "none" : "some";
  }

  /** Ends it, and deletes what is no part of the table. {@code published}: or perhaps, so that files must stay. */
  public void close(boolean published) {
    if (OPEN.remove(handle) == null) {
      return;
    }
    FileIO io = writing.table().io();
    Snapshot written = writing.table().currentSnapshot();
    if (!published) {
      files().forEach(file -> io.deleteFile(file.location()));
    }
    if (written != null && isStaged(written) && (operations != null || !published)) {
      for (ManifestFile manifest : written.allManifests(io)) {
        if (Objects.equals(manifest.snapshotId(), written.snapshotId())) {
          io.deleteFile(manifest.path());
        }
      }
      io.deleteFile(written.manifestListLocation());
    }
  }

  private boolean isStaged(Snapshot snapshot) {
    return start == null || start.snapshot(snapshot.snapshotId()) == null;
  }

  private void check(TableMetadata base, boolean overwrite, Long replaced, List<String> kept) {
    if (base == null || !base.uuid().equals(start.uuid())) {
      throw new ValidationException("it was dropped or made anew");
    }
    if (!base.schema().sameSchema(start.schema()) || base.lastColumnId() != start.lastColumnId()) {
      throw new ValidationException("its columns were changed");
    }
    if (overwrite && !Objects.equals(id(base.currentSnapshot()), id(start.currentSnapshot()))) {
      throw new ValidationException(
          "rows were written to it (snapshot %s, %s)",
          id(base.currentSnapshot()), base.currentSnapshot() == null ? "none" : base.currentSnapshot().operation());
    }
    for (String key : kept) {
      if (!Objects.equals(base.properties().get(key), start.properties().get(key))) {
        throw new ValidationException("another driver of the same task has committed");
      }
    }
    // A file that is not there any more would be deleted in vain, and its rows would be there twice.
    if (replaced != null && !presence(new BaseTable(new OneState(operations, base), name), replaced).equals("all")) {
      throw new ValidationException("rows that this task had appended before were changed");
    }
  }

  private List<DataFile> added(TableMetadata base, long snapshot) {
    List<DataFile> files = new ArrayList<>();
    base.snapshot(snapshot).addedDataFiles(operations.io()).forEach(files::add);
    return files;
  }

  private static Set<String> locations(Table table) {
    Set<String> there = new HashSet<>();
    try (CloseableIterable<FileScanTask> tasks = table.newScan().planFiles()) {
      for (FileScanTask task : tasks) {
        if (task.deletes().isEmpty()) { // of another, a row was deleted, or changed and is elsewhere
          there.add(task.file().location());
        }
      }
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
    return there;
  }

  private static Long id(Snapshot snapshot) {
    return snapshot == null ? null : snapshot.snapshotId();
  }
}
