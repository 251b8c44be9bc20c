package dev.longshore.lake;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.iceberg.exceptions.ValidationException;

/**
 * A connection's extra as the JDBC driver's properties, as {@code longshore_spark.databases.postgres.connecting.extras}
 * makes and explains them. Jobs that have no Python of ours open the lake's catalog, too: what they cannot honour is
 * refused by name.
 */
public final class ConnectionExtras {
  private static final Map<String, String> NAMES = Map.ofEntries(
      Map.entry("sslmode", "sslmode"),
      Map.entry("sslpassword", "sslpassword"),
      Map.entry("options", "options"),
      Map.entry("application_name", "ApplicationName"),
      Map.entry("connect_timeout", "connectTimeout"),
      Map.entry("gssencmode", "gssEncMode"),
      Map.entry("krbsrvname", "kerberosServerName"),
      Map.entry("channel_binding", "channelBinding"),
      Map.entry("require_auth", "requireAuth"),
      Map.entry("sslnegotiation", "sslNegotiation"),
      Map.entry("keepalives", "tcpKeepAlive"),
      Map.entry("load_balance_hosts", "loadBalanceHosts"),
      Map.entry("target_session_attrs", "targetServerType"));
  private static final Set<String> FILES = Set.of("sslcert", "sslkey", "sslrootcert");
  private static final List<String> KEEPALIVES = List.of("keepalives_idle", "keepalives_interval", "keepalives_count");
  private static final List<String> VERIFIED = List.of("require", "verify-ca", "verify-full");
  private static final Map<String, Map<String, String>> VALUES = Map.of(
      "sslmode", same("disable", "allow", "prefer", "require", "verify-ca", "verify-full"),
      "gssencmode", same("disable", "prefer", "require"),
      "channel_binding", same("disable", "prefer", "require"),
      "sslnegotiation", same("postgres", "direct"),
      "keepalives", pairs("0", "false", "1", "true"),
      "load_balance_hosts", pairs("disable", "false", "random", "true"),
      "target_session_attrs", pairs(
          "any", "any", "read-write", "primary", "primary", "primary", "read-only", "secondary",
          "standby", "secondary", "prefer-standby", "preferSecondary"));
  private static final Map<String, Set<String>> MET = Map.of(
      "client_encoding", Set.of("utf8", "utf-8", "unicode"),
      "ssl_min_protocol_version", Set.of("tlsv1", "tlsv1.1", "tlsv1.2"),
      "sslsni", Set.of("1"),
      "sslcompression", Set.of("0"),
      "sslcertmode", Set.of("allow"),
      "replication", Set.of("0"),
      "iam", Set.of("0"));
  private static final Set<String> OTHERS =
      Set.of("warehouse", "path", "cursor", "sqlalchemy_scheme", "sqlalchemy_query");
  private static final String BY_OPTIONS = "set it in options, as '-c name=value'";
  private static final Map<String, String> WAYS_OUT = Map.of(
      "passfile", "put the password into the connection",
      "service", "put host, port and database into the connection",
      "iam", "use a role with a password or a client certificate",
      "statement_timeout", BY_OPTIONS,
      "lock_timeout", BY_OPTIONS,
      "search_path", BY_OPTIONS);

  private final String connection;
  private final Path folder;
  private final Map<String, String> asked = new LinkedHashMap<>();

  private ConnectionExtras(String connection, Path folder) {
    this.connection = connection;
    this.folder = folder;
  }

  /**
   * The driver's properties of a connection's extra.
   *
   * @param folder where a file lies that is named without a leading {@code /}
   * @throws ValidationException a member is not known, cannot be honoured, or has no such value
   */
  public static Map<String, String> driverProperties(String connection, JsonNode extra, Path folder)
      throws IOException {
    ConnectionExtras read = new ConnectionExtras(connection, folder);
    for (Map.Entry<String, JsonNode> member : extra.properties()) {
      JsonNode value = member.getValue();
      if (!OTHERS.contains(member.getKey()) && !value.isNull() && !(value.isTextual() && value.asText().isEmpty())) {
        read.asked.put(member.getKey(), read.text(member.getKey(), value));
      }
    }
    return read.properties();
  }

  private Map<String, String> properties() throws IOException {
    Map<String, String> found = new TreeMap<>(Map.of("tcpKeepAlive", "true", "prepareThreshold", "0"));
    asked.forEach((name, value) -> {
      if (NAMES.containsKey(name)) {
        found.put(NAMES.get(name), value(name, value));
      } else if (!FILES.contains(name)
          && !KEEPALIVES.contains(name)
          && !MET.getOrDefault(name, Set.of()).contains(value.toLowerCase(Locale.ROOT))) {
        throw refusal(name, "cannot be '%s' here, or is not known; %s", value, WAYS_OUT.getOrDefault(name, "remove it"));
      }
    });
    found.putAll(keepalives());
    found.putAll(tls());
    return found;
  }

  private String value(String name, String value) {
    if (VALUES.containsKey(name) && !VALUES.get(name).containsKey(value)) {
      throw refusal(name, "is '%s'; it may be %s", value, String.join(", ", VALUES.get(name).keySet()));
    }
    return name.equals("connect_timeout") ? number(name, value) : VALUES.getOrDefault(name, Map.of()).getOrDefault(value, value);
  }

  private Map<String, String> keepalives() {
    List<String> numbers = KEEPALIVES.stream().map(name -> number(name, asked.getOrDefault(name, "0"))).toList();
    return numbers.stream().allMatch(number -> Integer.parseInt(number) == 0)
        ? Map.of()
        : Map.of(
            "socketFactory", KeepAliveSockets.class.getName(), "socketFactoryArg", String.join(",", numbers));
  }

  private Map<String, String> tls() throws IOException {
    String mode = asked.get("sslmode");
    String root = asked.get("sslrootcert");
    if ("direct".equals(asked.get("sslnegotiation")) && (mode == null || !VERIFIED.contains(mode))) {
      throw refusal("sslnegotiation", "is 'direct', which needs an sslmode of %s", String.join(", ", VERIFIED));
    }
    Map<String, String> found = new HashMap<>();
    if ("system".equals(root)) {
      if (mode != null && !mode.equals("verify-full")) {
        throw refusal("sslrootcert", "is 'system', which needs the sslmode 'verify-full'");
      }
      if (asked.containsKey("sslkey")) {
        throw refusal("sslrootcert", "cannot be 'system' beside a client's certificate; name a file");
      }
      found.put("sslmode", "verify-full");
      found.put("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
    } else if (root != null) {
      found.put("sslrootcert", file("sslrootcert").toString());
      if ("require".equals(mode)) {
        found.put("sslmode", "verify-ca");
      }
    }
    if (asked.containsKey("sslkey")) {
      Path key = file("sslkey");
      Map<String, String> properties = PrivateKeys.properties(key, what -> refusal("sslkey", "%s", what));
      boolean certificateInside = key.toString().toLowerCase(Locale.ROOT).matches(".*\\.(p12|pfx)");
      if (certificateInside == asked.containsKey("sslcert")) {
        throw refusal(
            "sslkey", certificateInside ? "holds its certificate, too; remove sslcert" : "needs sslcert beside it");
      }
      found.putAll(properties);
    } else if (asked.containsKey("sslcert")) {
      throw refusal("sslcert", "needs sslkey beside it");
    }
    if (asked.containsKey("sslcert")) {
      found.put("sslcert", file("sslcert").toString());
    }
    return found;
  }

  private Path file(String name) {
    Path path = folder.resolve(asked.get(name));
    if (!Files.isRegularFile(path) || !Files.isReadable(path)) {
      throw refusal(name, "names the file '%s', which this job cannot read; add it there", path);
    }
    return path;
  }

  private String text(String name, JsonNode value) {
    if (value.isBoolean()) {
      return value.asBoolean() ? "1" : "0";
    }
    if (!value.isTextual() && !value.isIntegralNumber()) {
      throw refusal(name, "must be a text or a whole number");
    }
    return value.asText();
  }

  private String number(String name, String value) {
    if (!value.matches("[0-9]{1,6}")) {
      throw refusal(name, "is '%s'; it must be a whole number of at most six digits", value);
    }
    return value;
  }

  private ValidationException refusal(String name, String what, Object... parts) {
    return new ValidationException(
        "The extra '%s' of the connection '%s' %s.", name, connection, String.format(what, parts));
  }

  private static Map<String, String> same(String... values) {
    return List.of(values).stream()
        .collect(Collectors.toMap(value -> value, value -> value, (one, other) -> one, LinkedHashMap::new));
  }

  private static Map<String, String> pairs(String... words) {
    Map<String, String> found = new LinkedHashMap<>();
    for (int at = 0; at < words.length; at += 2) {
      found.put(words[at], words[at + 1]);
    }
    return found;
  }
}
