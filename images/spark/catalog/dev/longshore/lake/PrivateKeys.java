package dev.longshore.lake;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Map;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** A client certificate's private key, as {@code longshore_spark.databases.postgres.connecting.private_keys} has it. */
final class PrivateKeys {
  private static final Pattern PEM =
      Pattern.compile("-----BEGIN ([A-Z ]*)PRIVATE KEY-----(.*?)-----END", Pattern.DOTALL);
  private static final Map<String, String> ALGORITHMS =
      Map.of("06092a864886f70d010101", "RSA", "06072a8648ce3d0201", "EC", "06032b6570", "Ed25519");

  private PrivateKeys() {}

  /** The driver's properties for the key in this file, or the refusal of one that it cannot read. */
  static Map<String, String> properties(Path key, Function<String, RuntimeException> refusal) throws IOException {
    Matcher found = PEM.matcher(Files.readString(key, StandardCharsets.ISO_8859_1));
    if (!found.lookingAt()) {
      return Map.of("sslkey", key.toString());
    }
    String kind = found.group(1).strip();
    if (kind.equals("ENCRYPTED")) {
      throw refusal.apply(
          "is encrypted PEM, which the driver does not read; make PKCS-12 of it by `openssl pkcs12 -export -name user"
              + " -in client.crt -inkey client.key -out client.p12`");
    }
    if (!kind.isEmpty()) {
      throw refusal.apply(
          "is a PEM key of the form '" + kind + "', which the driver does not read; make PKCS-8 of it by `openssl pkcs8"
              + " -topk8 -nocrypt -in client.key -out client.pem`");
    }
    byte[] der = Base64.getMimeDecoder().decode(found.group(2));
    String head = HexFormat.of().formatHex(Arrays.copyOf(der, Math.min(der.length, 40)));
    return ALGORITHMS.entrySet().stream()
        .filter(one -> head.contains(one.getKey()))
        .findFirst()
        .map(one -> Map.of("sslkey", key.toString(), "pemKeyAlgorithm", one.getValue()))
        .orElseThrow(() -> refusal.apply("is a key of an algorithm that is not known; use an RSA, EC or Ed25519 key"));
  }
}
