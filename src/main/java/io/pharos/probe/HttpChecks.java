package io.pharos.probe;

import com.google.re2j.PatternSyntaxException;
import io.pharos.config.http.TlsOptions;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.net.URI;
import java.net.URISyntaxException;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// Reads HTTP and WebSocket checks.
///
/// @param keys reads the keys that several probe types share
/// @param variables variables that texts may use; outside of steps there are none
record HttpChecks(CheckKeys keys, KnownVariables variables) {
  private static final int DEFAULT_MAX_BODY = 1 << 20;

  /* The number is limited, because each value becomes a part of a series' identity. */
  private static final int MAX_INFO_LABELS = 5;

  private static final Set<String> PROBER_HEADERS =
      Set.of("authorization", "host", "content-length", "transfer-encoding", "connection");

  private static final Set<String> HANDSHAKE_HEADERS =
      Set.of("upgrade", "sec-websocket-key", "sec-websocket-version", "sec-websocket-extensions");

  ProbeCheck http(YamlMap map) {
    YamlValue url = map.require("url");
    var check =
        new ProbeCheck.HttpCheck(
            url(url, "http"),
            url.asString(),
            map.get("method")
                .map(
                    value ->
                        value.parse(
                            "one of GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS",
                            HttpChecks::method))
                .orElse("GET"),
            headers(map),
            body(map),
            map.list(
                "expected_status",
                value -> value.parse("a status such as 200, 2xx, 200-204", HttpChecks::statuses)),
            map.list("json", HttpChecks::assertion),
            CheckKeys.pattern(map, "body_matches").orElse(null),
            map.get("max_body")
                .map(value -> value.parse("a size such as 64KB or 1MB", HttpChecks::size))
                .orElse(DEFAULT_MAX_BODY),
            map.bool("follow_redirects", true),
            map.get("envelope").map(YamlValue::asInt).orElse(null),
            keys.path(map, "bearer_token_file").orElse(null),
            map.get("bearer_token").map(this::bearer).orElse(null),
            keys.tls(map).orElse(TlsOptions.DEFAULT),
            CheckKeys.ip(map),
            info(map));
    map.finish();
    boolean readsBody =
        !check.info().isEmpty()
            || !check.json().isEmpty()
            || check.bodyMatches() != null
            || check.envelope() != null;
    if (check.method().equals("HEAD") && readsBody) {
      throw map.error("found an assertion on the body, but an answer to HEAD has no body");
    }
    if (check.bearerTokenFile() != null && check.bearer() != null) {
      throw map.error("found bearer_token beside bearer_token_file");
    }
    return check;
  }

  private Map<String, String> headers(YamlMap map) {
    Map<String, String> headers = map.stringMap("headers");
    map.get("headers").ifPresent(value -> variables.checkEach(value, headers.values()));
    headers.forEach((name, value) -> checkHeader(map, name, value));
    return headers;
  }

  private String body(YamlMap map) {
    String body = map.string("body", "");
    map.get("body").ifPresent(variables::check);
    return body;
  }

  private Map<String, JsonPath> info(YamlMap map) {
    var info = new TreeMap<String, JsonPath>();
    Optional<YamlValue> configured = map.get("info");
    if (configured.isEmpty()) {
      return info;
    }
    if (variables.inSteps()) {
      throw configured
          .get()
          .error("expected info only outside of steps; a step sets variables by store");
    }
    YamlMap labels = configured.get().asMap();
    for (String label : labels.keys()) {
      YamlValue path = labels.require(label);
      if (info.size() == MAX_INFO_LABELS) {
        throw path.error("expected at most " + MAX_INFO_LABELS + " labels");
      }
      if (!ProbeFile.isAllowedLabel(label)) {
        throw path.error(
            "found label "
                + Quoted.of(label)
                + ", expected one other than job, instance, probe, phase, step");
      }
      info.put(label, path.parse("a path such as $.data.version", JsonPath::parse));
    }
    labels.finish();
    return info;
  }

  ProbeCheck webSocket(YamlMap map) {
    URI url = url(map.require("url"), "ws");
    Map<String, String> headers = map.stringMap("headers");
    headers.forEach(
        (name, value) -> {
          checkHeader(map, name, value);
          if (HANDSHAKE_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
            throw map.require("headers")
                .error(
                    "found header "
                        + Quoted.of(name)
                        + ", which the prober sets for the handshake");
          }
        });
    return CheckKeys.finished(
        map,
        new ProbeCheck.WebSocketCheck(
            url,
            headers,
            map.string("send", ""),
            keys.path(map, "bearer_token_file").orElse(null),
            keys.tls(map).orElse(TlsOptions.DEFAULT),
            CheckKeys.ip(map)));
  }

  private URI url(YamlValue value, String plainScheme) {
    String text = variables.placeholders(value);
    int path = value.asString().indexOf('/', value.asString().indexOf("://") + 3);
    String server = path < 0 ? value.asString() : value.asString().substring(0, path);
    if (variables.inSteps() && server.contains("${")) {
      throw value.error("expected no variable before the path");
    }
    String expected =
        "expected a URL such as " + plainScheme + "://host:8080/path, found " + Quoted.of(text);
    try {
      URI url = new URI(text);
      String scheme = String.valueOf(url.getScheme());
      boolean validScheme = scheme.equals(plainScheme) || scheme.equals(plainScheme + "s");
      if (!validScheme || url.getHost() == null || url.getUserInfo() != null) {
        throw value.error(expected);
      }
      return url;
    } catch (URISyntaxException e) {
      throw value.error(expected + " (" + e.getMessage() + ")");
    }
  }

  /* Reads a token, which must be a variable: probe files must not contain tokens. */
  private String bearer(YamlValue value) {
    if (!variables.inSteps()) {
      throw value.error(
          "expected bearer_token only in a step (write a token into bearer_token_file instead)");
    }
    variables.check(value);
    if (!value.asString().startsWith("${")) {
      throw value.error(
          "expected a variable such as ${token} (write a token into bearer_token_file instead)");
    }
    return value.asString();
  }

  private static String method(String text) {
    return switch (text) {
      case "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS" -> text;
      default -> throw new NumberFormatException(text);
    };
  }

  private static void checkHeader(YamlMap map, String name, String value) {
    boolean validName = name.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
    boolean validValue = value.chars().allMatch(c -> c >= ' ' && c != 0x7f);
    if (!validName || !validValue || PROBER_HEADERS.contains(name.toLowerCase(Locale.ROOT))) {
      throw map.require("headers")
          .error(
              "found header "
                  + Quoted.of(name)
                  + ", expected one that the prober does not set"
                  + " (write a token into bearer_token_file instead)");
    }
  }

  private static ProbeCheck.StatusRange statuses(String text) {
    if (text.matches("[1-5]xx")) {
      int hundred = (text.charAt(0) - '0') * 100;
      return new ProbeCheck.StatusRange(hundred, hundred + 99);
    }
    String[] ends = text.split("-", 2);
    return new ProbeCheck.StatusRange(
        Integer.parseInt(ends[0]), Integer.parseInt(ends[ends.length - 1]));
  }

  private static JsonAssertion assertion(YamlValue item) {
    YamlMap map = item.asMap();
    JsonPath path = map.require("path").parse("a path such as $.data[0].name", JsonPath::parse);
    JsonAssertion.Operator operator =
        map.require("op")
            .parse("one of ==, !=, <, <=, >, >=, exists, matches", JsonAssertion.Operator::parse);
    String value =
        operator == JsonAssertion.Operator.EXISTS
            ? map.string("value", "true")
            : map.require("value").asString();
    map.finish();
    try {
      return JsonAssertion.of(path, operator, value);
    } catch (PatternSyntaxException e) {
      throw item.error("expected a regular expression (RE2): " + e.getDescription());
    } catch (IllegalArgumentException e) {
      throw item.error(e.getMessage() + ", found " + Quoted.of(value));
    }
  }

  private static int size(String text) {
    String digits = text.replaceFirst("[KM]?B$", "");
    int shift = text.endsWith("KB") ? 10 : text.endsWith("MB") ? 20 : 0;
    int number = Integer.parseInt(digits);
    if (number < 1 || number > (64 << 20) >> shift) {
      throw new IllegalArgumentException("between 1B and 64MB");
    }
    return number << shift;
  }
}
