package dev.longshore.lake;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.apache.iceberg.CatalogProperties;
import org.apache.iceberg.catalog.Catalog;
import org.apache.iceberg.exceptions.ValidationException;
import org.apache.iceberg.jdbc.JdbcCatalog;
import org.apache.iceberg.spark.SparkCatalog;
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

  @Override
  protected Catalog buildIcebergCatalog(String name, CaseInsensitiveStringMap options) {
    Map<String, String> properties = new HashMap<>(options.asCaseSensitiveMap());
    String folder = System.getenv().getOrDefault("LONGSHORE_CONNECTIONS", DEFAULT_FOLDER);
    properties.putAll(properties(Path.of(folder), options.getOrDefault("connection", "lake_catalog")));
    String environment = System.getenv("LONGSHORE_ENVIRONMENT");
    boolean shared = environment == null || environment.isEmpty();
    Class<?> catalog = shared ? JdbcCatalog.class : EnvironmentCatalog.class;
    properties.put(CatalogProperties.CATALOG_IMPL, catalog.getName());
    if (!shared) {
      properties.put(EnvironmentCatalog.ENVIRONMENT, environment);
    }
    return super.buildIcebergCatalog(name, new CaseInsensitiveStringMap(properties));
  }

  /** What a connection in Airflow's JSON form says, as Iceberg's properties (Iceberg, "JDBC integration"). */
  private static Map<String, String> properties(Path folder, String connection) {
    Path file = folder.resolve(connection + ".json");
    try {
      JsonNode content = new ObjectMapper().readTree(Files.readString(file));
      JsonNode extra = content.path("extra");
      extra = extra.isTextual() ? new ObjectMapper().readTree(extra.asText()) : extra; // Airflow writes it either way
      String host = text(connection, content, "host");
      int port = content.path("port").asInt(5432);
      return Map.of(
          CatalogProperties.URI, "jdbc:postgresql://" + host + ":" + port + "/" + text(connection, content, "schema"),
          "jdbc.user", text(connection, content, "login"),
          "jdbc.password", text(connection, content, "password"),
          "jdbc.schema-version", "V1",
          CatalogProperties.WAREHOUSE_LOCATION, text(connection, extra, "warehouse"));
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

  private static String text(String connection, JsonNode content, String key) {
    String value = content.path(key).asText("");
    if (value.isEmpty()) {
      throw new ValidationException("The connection '%s' lacks '%s', which the lake needs; add it.", connection, key);
    }
    return value;
  }
}
