package dev.longshore.lake;

import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.function.BiPredicate;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.iceberg.CatalogUtil;
import org.apache.iceberg.Schema;
import org.apache.iceberg.Table;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.Namespace;
import org.apache.iceberg.catalog.SupportsNamespaces;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.catalog.ViewCatalog;
import org.apache.iceberg.exceptions.NoSuchTableException;
import org.apache.spark.SparkConf;
import org.apache.spark.deploy.SparkHadoopUtil;
import scala.Tuple2;

/** The tables of the lake, as the transfer application reads and writes them: in a Spark session, or without one. */
public final class Lake implements Closeable {
  private static final String CATALOG = "spark.sql.catalog.lake";
  private static final String HADOOP = "hadoop.";

  private final Catalog catalog;
  private final BiPredicate<String, String> views;
  private final Configuration hadoop;

  /**
   * @param views whether a view has the name in the namespace
   */
  Lake(Catalog catalog, BiPredicate<String, String> views, Configuration hadoop) {
    this.catalog = catalog;
    this.views = views;
    this.hadoop = hadoop;
  }

  /**
   * The lake of a job that has no Spark session (yet): the same catalog, by the same properties of Spark's.
   *
   * @return null: the job has a catalog of its own in the place of ours
   */
  public static Lake withoutSession(String connection) {
    SparkConf conf = new SparkConf();
    if (!conf.get(CATALOG, "").equals(LakeCatalog.class.getName())) {
      return null;
    }
    Configuration hadoop = SparkHadoopUtil.get().newConfiguration(conf);
    Map<String, String> options = new HashMap<>();
    for (Tuple2<String, String> option : conf.getAllWithPrefix(CATALOG + ".")) {
      if (option._1().startsWith(HADOOP)) {
        hadoop.set(option._1().substring(HADOOP.length()), option._2());
      } else {
        options.put(option._1(), option._2());
      }
    }
    options.put("connection", connection);
    Map<String, String> properties = LakeCatalog.withConnection(options);
    Catalog catalog =
        LakeCatalog.connected(properties, () -> CatalogUtil.buildIcebergCatalog("lake", properties, hadoop));
    ViewCatalog views = (ViewCatalog) catalog;
    return new Lake(
        catalog, (namespace, name) -> views.viewExists(TableIdentifier.of(namespace, name)), hadoop);
  }

  /** The text in an object. */
  public String text(String uri) throws IOException {
    Path path = new Path(uri);
    try (InputStream object = path.getFileSystem(hadoop).open(path)) {
      return new String(object.readAllBytes(), StandardCharsets.UTF_8);
    }
  }

  /** Closes the catalog's connections; not for the catalog of a session. */
  @Override
  public void close() throws IOException {
    if (catalog instanceof Closeable connected) {
      connected.close();
    }
  }

  /** The table as it is now; null where it is missing. */
  public Table table(String namespace, String table) {
    try {
      Table found = catalog.loadTable(TableIdentifier.of(namespace, table));
      found.refresh(); // it may come from a cache
      return found;
    } catch (NoSuchTableException e) {
      return null;
    }
  }

  /** True where a view has the name. */
  public boolean isView(String namespace, String name) {
    return views.test(namespace, name);
  }

  /** Creates a namespace that is missing. */
  public void createNamespace(String namespace) {
    SupportsNamespaces namespaces = (SupportsNamespaces) catalog;
    if (!namespaces.namespaceExists(Namespace.of(namespace))) {
      namespaces.createNamespace(Namespace.of(namespace), Map.of());
    }
  }

  /**
   * Begins to write rows for a table.
   *
   * @param found as {@code table} has found it; null: it is made
   * @param start its state then
   * @param schema columns to add or to widen, of a missing table all; null: none
   */
  public StagedWrite stage(String namespace, String table, Table found, TableMetadata start, Schema schema) {
    TableIdentifier identifier = TableIdentifier.of(namespace, table);
    return found == null
        ? StagedWrite.ofNew(catalog, identifier, schema)
        : StagedWrite.to(identifier, found, start, schema);
  }
}
