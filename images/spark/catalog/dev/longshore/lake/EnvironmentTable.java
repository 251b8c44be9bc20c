package dev.longshore.lake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.UUID;
import java.util.function.Consumer;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableMetadataParser;
import org.apache.iceberg.TableOperations;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.encryption.EncryptionManager;
import org.apache.iceberg.exceptions.AlreadyExistsException;
import org.apache.iceberg.exceptions.CommitFailedException;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.io.FileIO;
import org.apache.iceberg.io.LocationProvider;

/**
 * A table as an environment has it: its own, or the shared lake's until it writes to it.
 *
 * <p>The shared table is shown with the environment's folder as its location, so that what is written goes there from
 * the first file on; the first commit makes that the environment's own table. It has the shared table's files up to
 * then (nothing is copied), and {@code gc.enabled=false} keeps Iceberg from ever deleting any of them.
 */
final class EnvironmentTable implements TableOperations {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LOG = "metadata-log";

  private final TableOperations own;
  private final TableOperations shared; // null: nothing of the shared lake shows through
  private final Place place;
  private final Runnable createNamespace;
  private boolean looked;
  private TableMetadata current;
  private String shown; // the metadata file that `current` is made from, where it is the shared lake's

  EnvironmentTable(TableOperations own, TableOperations shared, Place place, Runnable createNamespace) {
    this.own = own;
    this.shared = shared;
    this.place = place;
    this.createNamespace = createNamespace;
  }

  @Override
  public synchronized TableMetadata current() {
    return looked ? current : refresh();
  }

  @Override
  public synchronized TableMetadata refresh() {
    TableMetadata found = own.refresh();
    if (found != null || shared == null) {
      current = found;
      shown = null;
    } else {
      show(shared.refresh());
    }
    looked = true;
    return current;
  }

  @Override
  public synchronized void commit(TableMetadata base, TableMetadata metadata) {
    if (base != current()) {
      throw new CommitFailedException("Cannot commit: the table has changed in the meantime");
    }
    if (base == metadata) {
      return;
    }
    place.check(metadata);
    if (base != null && !isCollected(base) && isCollected(metadata)) {
      throw new ValidationException(
          "The table has files of the shared lake's, which Iceberg might then delete: leave %s out.",
          TableProperties.GC_ENABLED);
    }
    if (shown == null) {
      createNamespace.run();
      own.commit(base, metadata);
      looked = false;
    } else {
      take(metadata);
    }
  }

  /** Makes a shared table the environment's own as it is. */
  synchronized void takeOver() {
    current();
    if (shown != null) {
      take(current);
    }
  }

  private static boolean isCollected(TableMetadata table) {
    return table.propertyAsBoolean(TableProperties.GC_ENABLED, TableProperties.GC_ENABLED_DEFAULT);
  }

  private void take(TableMetadata metadata) {
    createNamespace.run();
    try {
      // Of the shared table's own metadata files nothing is kept: Iceberg may delete what is in this log.
      own.commit(null, edited(metadata, null, table -> table.remove(LOG)));
    } catch (AlreadyExistsException e) {
      throw new CommitFailedException(e, "Cannot commit: another job has written to the table first");
    }
    looked = false;
  }

  private void show(TableMetadata table) {
    String file = table == null ? null : table.metadataFileLocation();
    if (file == null) {
      current = null;
    } else if (!file.equals(shown)) { // else the same object: Iceberg tells by it whether the table has changed
      current = edited(table, file, this::relocate);
    }
    shown = file;
  }

  private void relocate(ObjectNode table) {
    String uuid = table.path("table-uuid").asText() + place.schema();
    table.put("table-uuid", UUID.nameUUIDFromBytes(uuid.getBytes()).toString());
    table.put("location", place.location());
    table.remove(LOG);
    table.withObject("/properties").remove(List.of(Place.FOLDERS)).put(TableProperties.GC_ENABLED, "false");
  }

  /** By the metadata's JSON (Iceberg's table specification, appendix C): its builder cannot take anything away. */
  private static TableMetadata edited(TableMetadata table, String file, Consumer<ObjectNode> edit) {
    try {
      ObjectNode json = (ObjectNode) JSON.readTree(TableMetadataParser.toJson(table));
      edit.accept(json);
      return TableMetadataParser.fromJson(file, json.toString());
    } catch (JsonProcessingException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  public FileIO io() {
    return own.io();
  }

  @Override
  public EncryptionManager encryption() {
    return own.encryption();
  }

  @Override
  public String metadataFileLocation(String fileName) {
    return temp(current()).metadataFileLocation(fileName);
  }

  @Override
  public LocationProvider locationProvider() {
    return temp(current()).locationProvider();
  }

  @Override
  public TableOperations temp(TableMetadata uncommitted) {
    return own.temp(uncommitted);
  }

  @Override
  public boolean requireStrictCleanup() {
    return own.requireStrictCleanup();
  }
}
