package io.pharos.adopt.imports;

import static io.pharos.adopt.imports.ForeignYaml.isTrue;
import static io.pharos.adopt.imports.ForeignYaml.put;
import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.re2j.Pattern;
import io.pharos.model.LabelName;
import io.pharos.model.Re2;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// Converts monitors of Uptime Kuma. The input is a backup of version 1, or the rows of the table
/// `monitor` as `sqlite3 -json` prints them.
public final class UptimeKumaImport {
  private static final int MAX_RETRIES = 19;
  private static final Pattern TOKEN = Re2.compile("[!-~]{1,256}", 0);
  private static final Pattern SECONDS = Re2.compile("[0-9]{1,9}(\\.[0-9]{1,9})?", 0);
  private static final Pattern ID = Re2.compile("[0-9]{1,18}", 0);
  private static final Pattern JSON_PATH =
      Re2.compile("[A-Za-z_][A-Za-z0-9_]*(\\.[A-Za-z_][A-Za-z0-9_]*|\\[[0-9]{1,6}\\])*", 0);

  private final Imports imports = new Imports();
  private final Map<String, JsonNode> byId = new HashMap<>();

  private final @Nullable Path tokens;

  private UptimeKumaImport(@Nullable Path tokens) {
    this.tokens = tokens;
  }

  /// Converts the monitors.
  ///
  /// @param tokens the folder for the tokens of push monitors, with one file per token; null to
  ///   convert no tokens
  /// @throws IllegalArgumentException when the text is neither a backup nor rows
  public static Imports of(String text, @Nullable Path tokens) {
    JsonNode file;
    try {
      file = JSON.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected JSON: " + e.getOriginalMessage(), e);
    }
    JsonNode monitors = file.isArray() ? file : file.path("monitorList");
    if (!monitors.isArray()) {
      throw new IllegalArgumentException(
          "expected a backup with a monitorList, or rows of monitors");
    }
    var run = new UptimeKumaImport(tokens);
    monitors.forEach(monitor -> run.byId.put(ForeignYaml.text(monitor, "id"), monitor));
    monitors.forEach(run::monitor);
    return run.imports;
  }

  /// Returns the value of a key, which the backup writes in camel case and the table with
  /// underscores.
  private static String get(JsonNode monitor, String camel) {
    String value = ForeignYaml.text(monitor, camel);
    return value.isEmpty() ? ForeignYaml.text(monitor, snake(camel)) : value;
  }

  private static boolean is(JsonNode monitor, String camel) {
    return isTrue(monitor, camel) || isTrue(monitor, snake(camel));
  }

  private static String snake(String camel) {
    return camel.replaceAll("([A-Z])", "_$1").toLowerCase(Locale.ROOT);
  }

  private void monitor(JsonNode monitor) {
    String name = ForeignYaml.text(monitor, "name");
    String type = ForeignYaml.text(monitor, "type");
    if (is(monitor, "upsideDown")) {
      imports.lost(name, "skipped: the mode upside down has no equivalent");
      return;
    }
    ObjectNode probe = ForeignYaml.record();
    labels(monitor, probe);
    long interval = number(get(monitor, "interval"), 60);
    probe.put("interval", interval + "s");
    probe.put("timeout", timeout(get(monitor, "timeout"), interval));
    retries(monitor, name, interval, probe);
    if (isPaused(monitor)) {
      probe.put("enabled", false);
    }
    if (check(monitor, name, type, probe)) {
      imports.add(name, probe);
    }
  }

  /* The column `timeout` is a DOUBLE, which SQLite prints as 10.0. In early versions its default
   * was 0, which means 80 % of the interval. */
  private static String timeout(String text, long interval) {
    long millis = SECONDS.matcher(text).matches() ? Math.round(Double.parseDouble(text) * 1e3) : 0;
    if (millis == 0) {
      return Math.max(1, Math.min(48, interval * 8 / 10)) + "s";
    }
    long bounded = Math.clamp(millis, 1000, interval * 1000);
    return bounded % 1000 == 0 ? bounded / 1000 + "s" : bounded + "ms";
  }

  /* Uptime Kuma repeats a failed check at a separate interval. Probes have only one interval, so
   * the number of retries is converted to the number of runs in the same time. */
  private void retries(JsonNode monitor, String name, long interval, ObjectNode probe) {
    long retries = number(get(monitor, "maxretries"), 0);
    if (retries == 0) {
      return;
    }
    long retryInterval = number(get(monitor, "retryInterval"), 0);
    long runs = retries;
    if (retryInterval > 0 && retryInterval != interval) {
      runs = Math.max(1, Math.round((double) retries * retryInterval / interval));
      imports.lost(
          name,
          "the monitor is retried every %d s up to %d times; the probe is down after %d s"
              .formatted(retryInterval, retries, Math.min(runs, MAX_RETRIES) * interval));
    } else if (retries > MAX_RETRIES) {
      imports.lost(name, retries + " retries are reduced to " + MAX_RETRIES);
    }
    probe.put("down_after", Math.min(runs, MAX_RETRIES) + 1);
  }

  /* In a backup, the members of a paused group are also marked as paused. In the table they are
   * not, so the parents are checked too. */
  private boolean isPaused(JsonNode monitor) {
    var visited = new HashSet<String>();
    JsonNode current = monitor;
    while (current != null && visited.add(ForeignYaml.text(current, "id"))) {
      if (ForeignYaml.text(current, "active").matches("false|0")) {
        return true;
      }
      current = byId.get(get(current, "parent"));
    }
    return false;
  }

  private void labels(JsonNode monitor, ObjectNode probe) {
    ObjectNode labels = ForeignYaml.record();
    JsonNode parent = byId.get(get(monitor, "parent"));
    String group = parent == null ? "" : ForeignYaml.text(parent, "name");
    put(labels, "group", group);
    JsonNode tags = monitor.path("tags");
    for (JsonNode tag : tags.isTextual() ? parsed(tags.textValue()) : tags) {
      String key = ForeignYaml.text(tag, "name");
      if (LabelName.isLegacy(key)) {
        put(labels, key, ForeignYaml.text(tag, "value"));
      }
    }
    if (!labels.isEmpty()) {
      probe.set("labels", labels);
    }
  }

  private boolean check(JsonNode monitor, String name, String type, ObjectNode probe) {
    ObjectNode check = ForeignYaml.record();
    switch (type) {
      case "http", "keyword", "json-query" -> {
        probe.set("http", check);
        return http(monitor, name, type, check, probe);
      }
      case "port" -> {
        check.put("host", get(monitor, "hostname")).put("port", get(monitor, "port"));
        probe.set("tcp", check);
      }
      case "ping" -> probe.set("icmp", check.put("host", get(monitor, "hostname")));
      case "dns" -> {
        List<String> servers = List.of(get(monitor, "dns_resolve_server").split(",", -1));
        if (servers.size() > 1) {
          imports.lost(name, "only the first of its DNS servers is used");
        }
        check.put("server", servers.getFirst().strip());
        check.put("port", number(get(monitor, "port"), 53));
        check.put("name", get(monitor, "hostname"));
        check.put("type", get(monitor, "dns_resolve_type"));
        probe.set("dns", check);
      }
      case "push" -> push(monitor, name, check, probe);
      case "websocket-upgrade" ->
          probe.set("websocket", check.put("url", ForeignYaml.text(monitor, "url")));
      case "postgres", "redis" -> {
        return database(monitor, name, type, check, probe);
      }
      case "group" -> {
        return false; // a group becomes a label of its members instead of a probe
      }
      default -> {
        return skipped(name, "the type " + type + " has no equivalent");
      }
    }
    return true;
  }

  /* The token in the URL of the reports is a secret, so it is written to a file. */
  private void push(JsonNode monitor, String name, ObjectNode check, ObjectNode probe) {
    probe.remove("timeout");
    String token = get(monitor, "pushToken");
    String id = ForeignYaml.text(monitor, "id");
    if (tokens != null && TOKEN.matcher(token).matches() && ID.matcher(id).matches()) {
      Path file = tokens.resolve("kuma-push-" + id);
      probe.set("push", check.put("token_file", file.toString()));
      imports.addSecret(file, token);
      imports.note(
          name,
          "send its reports to /api/push/<its token> on the host of Pharos: only the host changes. The"
              + " token is in "
              + file);
      return;
    }
    probe.set("push", check.put("token_file", "push_token"));
    imports.lost(
        name,
        (tokens == null
                ? "write its push token to a file and set token_file, or set --push-tokens=FOLDER"
                : "it has no push token: write one to a file and set token_file")
            + "; send its reports to /api/push/<its token>: only the host changes");
  }

  private boolean http(
      JsonNode monitor, String name, String type, ObjectNode check, ObjectNode probe) {
    String auth = get(monitor, "authMethod");
    if (!get(monitor, "basic_auth_user").isEmpty() || (!auth.isEmpty() && !auth.equals("null"))) {
      return skipped(
          name, "its login is not supported (" + (auth.isEmpty() ? "basic" : auth) + ")");
    }
    check.put("url", ForeignYaml.text(monitor, "url"));
    put(check, "method", get(monitor, "method"));
    String body = get(monitor, "body");
    headers(monitor, name, body, check, probe);
    if (!body.isBlank()) {
      check.put("body", body);
    }
    JsonNode statuses = monitor.path("accepted_statuscodes");
    if (statuses.isMissingNode()) {
      statuses = parsed(ForeignYaml.text(monitor, "accepted_statuscodes_json"));
    }
    if (!statuses.isEmpty()) {
      check.set("expected_status", statuses);
    }
    if (get(monitor, "maxredirects").equals("0")) {
      check.put("follow_redirects", false);
    }
    if (is(monitor, "ignoreTls")) {
      check.set("tls_config", ForeignYaml.record().put("insecure_skip_verify", true));
    }
    if (!get(monitor, "proxyId").isEmpty()) {
      imports.lost(name, "its proxy is not converted: probes connect directly");
    }
    return switch (type) {
      case "keyword" -> {
        String contains = "text contains " + Imports.quoted(get(monitor, "keyword"));
        probe.put("expect", is(monitor, "invertKeyword") ? "!(" + contains + ")" : contains);
        yield true;
      }
      case "json-query" -> query(monitor, name, check);
      default -> true;
    };
  }

  /* The path is a JSONata expression. Only simple paths are converted, because probes have the same
   * syntax for them. */
  private boolean query(JsonNode monitor, String name, ObjectNode check) {
    String path = get(monitor, "jsonPath");
    String operator = get(monitor, "jsonPathOperator");
    String plain = path.startsWith("$.") ? path.substring(2) : path;
    if (!JSON_PATH.matcher(plain).matches() || !operator.matches("|==|!=|<|<=|>|>=")) {
      return skipped(name, "the query has no equivalent: " + path + " " + operator);
    }
    check
        .putArray("json")
        .addObject()
        .put("path", "$." + plain)
        .put("op", operator.isEmpty() ? "==" : operator)
        .put("value", get(monitor, "expectedValue"));
    return true;
  }

  private void headers(
      JsonNode monitor, String name, String body, ObjectNode check, ObjectNode probe) {
    String text = get(monitor, "headers");
    JsonNode headers = text.isEmpty() ? ForeignYaml.record() : parsed(text);
    if (!headers.isObject()) {
      imports.lost(name, "its headers are not converted: they are not JSON");
    }
    ObjectNode converted = ForeignYaml.record();
    if (!body.isBlank()
        && headers.properties().stream()
            .noneMatch(it -> it.getKey().equalsIgnoreCase("content-type"))) {
      converted.put("Content-Type", contentType(get(monitor, "httpBodyEncoding")));
    }
    for (var header : headers.properties()) {
      if (header.getKey().equalsIgnoreCase("authorization")) {
        // Without the token of the header, the probe would fail at once.
        probe.put("enabled", false);
        imports.lost(
            name,
            "the header Authorization is not converted: write its token to a file, set"
                + " bearer_token_file to that file, and enable the probe");
      } else {
        converted.put(header.getKey(), header.getValue().asText());
      }
    }
    if (!converted.isEmpty()) {
      check.set("headers", converted);
    }
  }

  /* Returns the content type of a body without a header Content-Type. Older monitors always send
   * JSON. */
  private static String contentType(String encoding) {
    return switch (encoding) {
      case "xml" -> "text/xml; charset=utf-8";
      case "form" -> "application/x-www-form-urlencoded";
      default -> "application/json";
    };
  }

  private boolean skipped(String name, String reason) {
    imports.lost(name, "skipped: " + reason);
    return false;
  }

  /* The password is not converted, because a probe file must not contain it. */
  private boolean database(
      JsonNode monitor, String name, String type, ObjectNode check, ObjectNode probe) {
    URI uri;
    try {
      uri = new URI(get(monitor, "databaseConnectionString"));
    } catch (URISyntaxException e) {
      return skipped(name, "its connection string is not a URL");
    }
    if (uri.getHost() == null) {
      return skipped(name, "its connection string names no host");
    }
    check.put("host", uri.getHost());
    if (uri.getPort() > 0) {
      check.put("port", uri.getPort());
    }
    String login = Objects.requireNonNullElse(uri.getUserInfo(), "");
    String user = login.split(":", 2)[0];
    if (type.equals("postgres")) {
      check.put("user", user);
      String path = Objects.requireNonNullElse(uri.getPath(), "");
      put(check, "database", path.replaceFirst("^/", ""));
      put(check, "query", get(monitor, "databaseQuery"));
    } else {
      put(check, "username", user);
    }
    if (login.contains(":")) {
      check.put("password_file", "password");
      probe.put("enabled", false);
      imports.lost(
          name,
          "write its password to a file, set password_file to that file, and enable the probe");
    }
    probe.set(type, check);
    return true;
  }

  private static JsonNode parsed(String text) {
    try {
      return JSON.readTree(text.isEmpty() ? "[]" : text);
    } catch (JsonProcessingException _) {
      return JSON.missingNode();
    }
  }

  private static long number(String text, long defaultValue) {
    return text.matches("\\d{1,9}") ? Long.parseLong(text) : defaultValue;
  }
}
