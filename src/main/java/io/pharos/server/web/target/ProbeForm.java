package io.pharos.server.web.target;

import jakarta.ws.rs.core.MultivaluedMap;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The form of a new probe or target of one type: its usual keys. The text that it makes can be
/// extended by hand before it is written.
///
/// @param type key of the check in a probe file; `target` for an address that is scraped
/// @param about what it checks
record ProbeForm(String type, String about, List<Field> fields) {
  /// One key.
  ///
  /// @param example what the empty field shows
  record Field(String key, String label, String example, boolean isRequired) {}

  private static final Field HOST = new Field("host", "Host", "db.example.org", true);

  private static Field port(String example) {
    return new Field("port", "Port", example, true);
  }

  private static final Field PASSWORD =
      new Field("password_file", "File of the password", "../secrets/probe-password", false);

  private static final List<ProbeForm> ALL =
      List.of(
          new ProbeForm(
              "http",
              "requests a URL",
              List.of(
                  new Field("url", "URL", "https://shop.example.org/health", true),
                  new Field("method", "Method", "GET", false),
                  new Field("body_matches", "Pattern that the body must match", "ok", false),
                  new Field("envelope", "Code of the JSON answer", "0", false))),
          new ProbeForm("tcp", "opens a connection", List.of(HOST, port("8080"))),
          new ProbeForm("tls", "checks a certificate", List.of(HOST, port("443"))),
          new ProbeForm(
              "dns",
              "resolves a name",
              List.of(
                  new Field("server", "Server", "10.0.0.2", true),
                  new Field("name", "Name", "shop.example.org", true),
                  new Field("type", "Record type", "A", false))),
          new ProbeForm("icmp", "sends an echo request", List.of(HOST)),
          new ProbeForm(
              "grpc",
              "asks for the health of a gRPC service",
              List.of(HOST, port("50051"), new Field("service", "Service", "shop.v1.Cart", false))),
          new ProbeForm(
              "websocket",
              "opens a WebSocket",
              List.of(new Field("url", "URL", "wss://shop.example.org/live", true))),
          new ProbeForm(
              "postgres",
              "runs a query",
              List.of(
                  HOST,
                  port("5432"),
                  new Field("user", "User", "probe", true),
                  new Field("database", "Database", "shop", false),
                  PASSWORD,
                  new Field("query", "Query", "SELECT 1", false))),
          new ProbeForm("redis", "sends PING", List.of(HOST, port("6379"), PASSWORD)),
          new ProbeForm(
              "push",
              "waits for reports of a job: a heartbeat",
              List.of(
                  new Field("grace", "Tolerated delay", "1h", false),
                  new Field("max_run", "Longest run", "3h", false),
                  new Field("token_file", "File of the token", "../secrets/push-backup", false))),
          new ProbeForm(
              "target",
              "scrapes an address",
              List.of(
                  new Field("address", "Address", "10.0.0.5:9100", true),
                  new Field("label", "Label", "env", false),
                  new Field("value", "Value of the label", "production", false))));

  static List<ProbeForm> all() {
    return ALL;
  }

  static Optional<ProbeForm> of(@Nullable String type) {
    return ALL.stream().filter(form -> form.type.equals(type)).findFirst();
  }

  /// Whether it adds a probe, not a target.
  public boolean isProbe() {
    return !type.equals("target");
  }

  /// Returns the entry as text of a probe file, or as a group of a JSON file of targets.
  ///
  /// @throws IllegalArgumentException if a value has control characters; the message says so
  String entry(MultivaluedMap<String, String> values) {
    if (!isProbe()) {
      String label = value(values, "label");
      return "{\"targets\": [%s]%s}"
          .formatted(
              json(value(values, "address")),
              label.isEmpty()
                  ? ""
                  : ", \"labels\": {" + json(label) + ": " + json(value(values, "value")) + "}");
    }
    String interval = value(values, "interval");
    String check =
        fields.stream()
            .filter(field -> !value(values, field.key).isEmpty())
            .map(field -> "    " + field.key + ": " + scalar(value(values, field.key)) + "\n")
            .reduce("", String::concat);
    return "- name: "
        + scalar(value(values, "probe"))
        + "\n"
        + (interval.isEmpty() ? "" : "  interval: " + scalar(interval) + "\n")
        + (check.isEmpty() ? "  " + type + ": {}\n" : "  " + type + ":\n" + check);
  }

  private static String value(MultivaluedMap<String, String> values, String key) {
    String value = values.getFirst(key);
    return value == null ? "" : value.strip();
  }

  /// Returns a plain word as it is, and any other text in single quotes.
  private static String scalar(String text) {
    check(text);
    return text.matches("[A-Za-z0-9][A-Za-z0-9./-]*") && !isWord(text)
        ? text
        : "'" + text.replace("'", "''") + "'";
  }

  private static boolean isWord(String text) {
    return Stream.of("true", "false", "null", "yes", "no", "on", "off")
        .anyMatch(text::equalsIgnoreCase);
  }

  private static String json(String text) {
    check(text);
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }

  private static void check(String text) {
    if (text.chars().anyMatch(c -> c < ' ' || c == 0x7f)) {
      throw new IllegalArgumentException("expected values without line breaks");
    }
  }
}
