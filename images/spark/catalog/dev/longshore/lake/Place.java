package dev.longshore.lake;

import java.util.Objects;
import java.util.stream.Stream;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.TableProperties;
import org.apache.iceberg.exceptions.ValidationException;

/**
 * Where a table of an environment's has its files.
 *
 * @param schema the environment's
 * @param location the table's folder, unless it says another
 * @param root the folder of all that is the environment's, with a slash at its end
 */
record Place(String schema, String location, String root) {
  /** Table properties that name a folder to write to. Source: Iceberg, "Configuration: Write properties". */
  static final String[] FOLDERS = {
    TableProperties.WRITE_DATA_LOCATION,
    TableProperties.WRITE_METADATA_LOCATION,
    TableProperties.WRITE_FOLDER_STORAGE_LOCATION,
    TableProperties.OBJECT_STORE_PATH,
  };

  /** Refuses a table that would be written to elsewhere: the shared lake's files may be there. */
  void check(TableMetadata table) {
    Stream<String> folders = Stream.of(FOLDERS).map(table.properties()::get).filter(Objects::nonNull);
    Stream.concat(Stream.of(table.location()), folders)
        .filter(folder -> !folder.startsWith(root) || folder.contains("/../"))
        .findFirst()
        .ifPresent(folder -> {
          throw new ValidationException(
              "The table is to be written to %s, but what this environment writes lies below %s: leave LOCATION and %s"
                  + " out.",
              folder, root, String.join(", ", FOLDERS));
        });
  }
}
