package dev.longshore.lake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.Schema;
import org.apache.iceberg.TableMetadata;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.catalog.TableIdentifier;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.jdbc.UncheckedSQLException;
import org.apache.iceberg.spark.SparkCatalog;
import org.apache.iceberg.spark.SparkSchemaUtil;
import org.apache.iceberg.spark.source.SparkTable;
import org.apache.spark.sql.catalyst.analysis.NoSuchTableException;
import org.apache.spark.sql.connector.catalog.Identifier;
import org.apache.spark.sql.connector.catalog.Table;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.util.CaseInsensitiveStringMap;

/**
 * Spark's catalog {@code lake}: Iceberg's in PostgreSQL, by the job's connection; in an environment, an overlay of it.
 *
 * <p>The password is read here and is in no Spark property. The environment is the variable LONGSHORE_ENVIRONMENT of
 * the driver's process, which the job server sets and no job can: Spark properties are the job's to choose.
 *
 * <p>Option {@code connection}: the connection's name; default {@code lake_catalog}.
 */
public final class LakeCatalog extends SparkCatalog {
  private static final String DEFAULT_FOLDER = "/etc/longshore/connections"; // as longshore_spark.connections has it
  private static final Pattern HOSTS =
      Pattern.compile("[\\w.:%-]+(,[\\w.:%-]+)*", Pattern.UNICODE_CHARACTER_CLASS);

  /** A staged table is written to by its handle alone. */
  @Override
  public Table loadTable(Identifier identifier) throws NoSuchTableException {
    StagedWrite staged = StagedWrite.of(identifier.name());
    return staged == null ? super.loadTable(identifier) : new SparkTable(staged.table());
  }

  /** The table as it is now; null where it is missing. */
  public org.apache.iceberg.Table table(String namespace, String table) {
    try {
      org.apache.iceberg.Table found = icebergCatalog().loadTable(TableIdentifier.of(namespace, table));
      found.refresh(); // it may come from a cache
      return found;
    } catch (org.apache.iceberg.exceptions.NoSuchTableException e) {
      return null;
    }
  }

  /** True where a view has the name. */
  public boolean isView(String namespace, String name) {
    return viewExists(Identifier.of(new String[] {namespace}, name));
  }

  /**
   * Begins to write rows for a table.
   *
   * @param found as {@code table} has found it; null: it is made
   * @param start its state then
   * @param columns those to add or to widen, of a missing table all; null: none
   */
  public StagedWrite stage(
      String namespace,
      String table,
      org.apache.iceberg.Table found,
      TableMetadata start,
      StructType columns) {
    TableIdentifier identifier = TableIdentifier.of(namespace, table);
    Schema schema = columns == null ? null : SparkSchemaUtil.convert(columns);
    return found == null
        ? StagedWrite.ofNew(icebergCatalog(), identifier, schema)
        : StagedWrite.to(identifier, found, start, schema);
  }

  @Override
  protected Catalog buildIcebergCatalog(String name, CaseInsensitiveStringMap options) {
    Map<String, String> properties = new HashMap<>(options.asCaseSensitiveMap());
    String folder = System.getenv().getOrDefault("LONGSHORE_CONNECTIONS", DEFAULT_FOLDER);
    properties.putAll(properties(Path.of(folder), options.getOrDefault("connection", "lake_catalog")));
    String environment = System.getenv("LONGSHORE_ENVIRONMENT");
    boolean shared = environment == null || environment.isEmpty();
    Class<?> catalog = shared ? SharedCatalog.class : EnvironmentCatalog.class;
    properties.put(CatalogProperties.CATALOG_IMPL, catalog.getName());
    if (!shared) {
      properties.put(EnvironmentCatalog.ENVIRONMENT, environment);
    }
    try {
      return super.buildIcebergCatalog(name, new CaseInsensitiveStringMap(properties));
    } catch (UncheckedSQLException e) {
      if (isConnected(e)) {
        throw e; // such as that another job was quicker to make the catalog's tables
      }
      throw refused(options.getOrDefault("connection", "lake_catalog"), properties, e);
    }
  }

  /** True for an error of a statement: syntax, definitions and constraints (PostgreSQL, "Error Codes", 42 and 23). */
  private static boolean isConnected(Throwable error) {
    Throwable cause = error;
    for (int deep = 0; cause != null && deep < 20; deep++, cause = cause.getCause()) {
      if (cause instanceof SQLException sql && sql.getSQLState() != null) {
        return sql.getSQLState().startsWith("42") || sql.getSQLState().startsWith("23");
      }
    }
    return false;
  }

  /** The driver's own words, with the connection's name and the way out: the innermost cause alone would not do. */
  private static ValidationException refused(String connection, Map<String, String> properties, Throwable error) {
    Set<String> messages = new LinkedHashSet<>();
    Throwable cause = error.getCause();
    for (int deep = 0; cause != null && deep < 20; deep++, cause = cause.getCause()) { // causes may form a ring
      messages.add(String.valueOf(cause.getMessage()).strip());
    }
    return new ValidationException(
        "The lake's catalog at %s (connection '%s', sslmode '%s') cannot be connected to: %s; correct the connection or"
            + " the server.",
        properties.get(CatalogProperties.URI).replace("jdbc:postgresql://", ""),
        connection,
        properties.getOrDefault("jdbc.sslmode", "prefer"),
        String.join(": ", messages));
  }

  /** What a connection in Airflow's JSON form says, as Iceberg's properties (Iceberg, "JDBC integration"). */
  private static Map<String, String> properties(Path folder, String connection) {
    Path file = folder.resolve(connection + ".json");
    try {
      JsonNode content = new ObjectMapper().readTree(Files.readString(file));
      JsonNode extra = content.path("extra");
      extra = extra.isTextual() ? new ObjectMapper().readTree(extra.asText()) : extra; // Airflow writes it either way
      Map<String, String> properties = new HashMap<>();
      // Certificates are not beside the connections: executors have no connections.
      Path certificates = folder.toAbsolutePath().resolveSibling("certificates");
      Map<String, String> driver = ConnectionExtras.driverProperties(connection, extra, certificates);
      String job = System.getenv().getOrDefault("LONGSHORE_JOB_RUN", "");
      properties.put("jdbc.ApplicationName", job.isEmpty() ? "longshore" : job);
      properties.put("jdbc.connectTimeout", "10");
      driver.forEach((name, value) -> properties.put("jdbc." + name, value));
      properties.put(CatalogProperties.URI, url(connection, content));
      properties.put("jdbc.user", text(connection, content, "login"));
      if (!driver.containsKey("sslkey") || !content.path("password").asText("").isEmpty()) {
        properties.put("jdbc.password", text(connection, content, "password"));
      }
      properties.put("jdbc.schema-version", "V1");
      properties.put(CatalogProperties.WAREHOUSE_LOCATION, text(connection, extra, "warehouse"));
      return properties;
    } catch (NoSuchFileException e) {
      throw new ValidationException(
          "The lake needs the connection '%s', which this job does not have; add it.", connection);
    } catch (JsonProcessingException e) { // whose message would show the content
      throw new ValidationException(
          "The connection '%s' is not JSON; correct its file in the job's connections.", connection);
    } catch (IOException e) {
      throw new ValidationException(e, "The connection '%s' cannot be read; check its file.", connection);
    }
  }

  /** The JDBC URL, as {@code longshore_spark.databases.postgres.connecting.addresses} makes it, for any name. */
  private static String url(String connection, JsonNode content) {
    String hosts = text(connection, content, "host");
    if (!HOSTS.matcher(hosts).matches()) {
      throw new ValidationException(
          "The connection '%s' must have names or addresses of hosts as host, with commas between them.", connection);
    }
    String port = content.path("port").asText("");
    String where =
        Stream.of(hosts.split(","))
            .map(host -> (host.contains(":") ? "[" + host + "]" : host) + ":" + (port.isEmpty() ? "5432" : port))
            .collect(Collectors.joining(","));
    String database = URLEncoder.encode(text(connection, content, "schema"), StandardCharsets.UTF_8);
    return "jdbc:postgresql://" + where + "/" + database.replace("+", "%20");
  }

  private static String text(String connection, JsonNode content, String key) {
    String value = content.path(key).asText("");
    if (value.isEmpty()) {
      throw new ValidationException("The connection '%s' lacks '%s', which the lake needs; add it.", connection, key);
    }
    return value;
  }
}
