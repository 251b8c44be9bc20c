package dev.longshore.lake;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.iceberg.ManifestFile;
import org.apache.iceberg.ManifestFiles;
import org.apache.iceberg.ReachableFileUtil;
import org.apache.iceberg.Snapshot;
import org.apache.iceberg.Table;
import org.apache.iceberg.io.CloseableIterable;
import org.apache.iceberg.spark.actions.SparkActions;

/** Files below a table's location that none of its snapshots refers to; nothing is deleted here. */
public final class OrphanFiles {
  private OrphanFiles() {}

  /**
   * The files as Iceberg's own action finds them (its procedure is the same, and refuses ages below a day).
   *
   * <p>The action takes seconds for a table of any size, so it is asked only where there is something to find.
   *
   * @param olderThan milliseconds since 1970
   */
  public static List<String> of(Table table, long olderThan, Configuration hadoop) throws IOException {
    List<String> files = new ArrayList<>();
    List<String> old = old(new Path(table.location()), olderThan, hadoop);
    if (needed(old, table).size() == old.size()) {
      return files;
    }
    SparkActions.get()
        .deleteOrphanFiles(table)
        .olderThan(olderThan)
        .deleteWith(file -> {})
        .execute()
        .orphanFileLocations()
        .forEach(files::add);
    return files;
  }

  /** Those of the files that a table needs: it may have files in another table's folder. */
  public static List<String> needed(List<String> files, Table table) {
    Map<String, String> byPath = new HashMap<>();
    files.forEach(file -> byPath.put(path(file), file));
    Set<String> found = new HashSet<>();
    found.addAll(ReachableFileUtil.metadataFileLocations(table, false));
    found.addAll(ReachableFileUtil.manifestListLocations(table));
    found.addAll(ReachableFileUtil.statisticsFilesLocations(table));
    Set<String> seen = new HashSet<>();
    for (Snapshot snapshot : table.snapshots()) {
      for (ManifestFile manifest : snapshot.allManifests(table.io())) {
        if (seen.add(manifest.path())) {
          found.add(manifest.path());
          addContent(table, manifest, byPath, found);
        }
      }
    }
    Set<String> paths = new HashSet<>(byPath.keySet());
    paths.retainAll(found.stream().map(OrphanFiles::path).collect(Collectors.toSet()));
    return paths.stream().map(byPath::get).collect(Collectors.toList());
  }

  private static List<String> old(Path folder, long olderThan, Configuration hadoop) throws IOException {
    List<String> files = new ArrayList<>();
    FileSystem system = folder.getFileSystem(hadoop);
    if (system.exists(folder)) {
      RemoteIterator<LocatedFileStatus> listed = system.listFiles(folder, true);
      while (listed.hasNext()) {
        LocatedFileStatus file = listed.next();
        if (file.getModificationTime() < olderThan) {
          files.add(file.getPath().toString());
        }
      }
    }
    return files;
  }

  private static void addContent(Table table, ManifestFile manifest, Map<String, String> byPath, Set<String> found) {
    try (CloseableIterable<String> files = ManifestFiles.readPaths(manifest, table.io(), table.specs())) {
      for (String file : files) {
        if (byPath.containsKey(path(file))) { // a table may have more files than fit into memory
          found.add(file);
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Without the scheme, of which one file may have several (s3, s3a). */
  private static String path(String file) {
    return new Path(file).toUri().getPath();
  }
}
