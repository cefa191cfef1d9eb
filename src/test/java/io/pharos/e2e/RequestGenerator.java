package io.pharos.e2e;

import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV1;
import static io.pharos.remote.write.WriteRequests.seriesV2;
import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.pharos.Fuzzing;
import io.pharos.Mutations;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.e2e.Routes.Route;
import io.pharos.remote.write.WriteRequests;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URLEncoder;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.GZIPOutputStream;

/// Requests to every route, from good to broken: paths, queries, headers and bodies of each kind
/// that is read. The same seed gives the same requests, but for the time in them.
final class RequestGenerator {
  /// A request as it goes over the wire.
  ///
  /// @param intact whether its head is well-formed, so that an answer must come
  record Request(String method, byte[] bytes, boolean intact) {
    /// So that somebody can send it again: `printf '…' | nc …`.
    String shown() {
      var text = new StringBuilder();
      for (byte one : bytes) {
        int c = one & 0xFF;
        text.append(
            c == '\r'
                ? "\\r"
                : c == '\n' ? "\\n" : c >= ' ' && c < 127 ? "" + (char) c : "\\x%02x".formatted(c));
      }
      return text.substring(0, Math.min(text.length(), 4000));
    }
  }

  private static final List<String> PIECES =
      List.of(
          "",
          "0",
          "-1",
          "1",
          "1e3",
          "1e999",
          "NaN",
          "Inf",
          "99999999999999999999",
          "0x1f",
          ".",
          "..",
          "/",
          "//",
          "%",
          "%2",
          "%00",
          "%zz",
          "+",
          " ",
          "&",
          "=",
          "?",
          "#",
          ";",
          ",",
          ":",
          "\"",
          "'",
          "`",
          "\\",
          "{",
          "}",
          "[",
          "]",
          "(",
          ")",
          "{}",
          "[]",
          "null",
          "true",
          "\n",
          "\t",
          "\0",
          "\u00e9",
          "\uD83D\uDE00",
          "\uD83D",
          "\u202e",
          "<script>",
          "${jndi:a}",
          "{{ . }}",
          "a=\"b\"",
          "a=~\".*\"",
          "__name__",
          "up",
          "rate(up[5m])",
          "5m",
          "1h",
          "now",
          "2026-01-01T00:00:00Z",
          "javascript:alert(1)",
          "http://[",
          "/etc/passwd",
          "..%2f..%2fetc",
          "x".repeat(300));

  private static final Map<String, List<String>> PARAMETERS =
      Map.ofEntries(
          Map.entry(
              "query",
              List.of(
                  "up",
                  "vector(1)",
                  "sum by (a) (rate(one[5m]))",
                  "ALERTS{alertstate=\"firing\"}",
                  "label_replace(up, \"a\", \"$1\", \"job\", \"(.*)\")",
                  "histogram_quantile(0.9, h)",
                  "max_over_time(one[1h:1m] offset 5m)",
                  "topk(3, up) or on(job) absent(nope)")),
          Map.entry("match[]", List.of("up", "{__name__=~\"o.*\"}", "{a=\"b\"}")),
          Map.entry("time", List.of("1700000000", "2026-01-01T00:00:00Z", "now")),
          Map.entry("start", List.of("1700000000", "2026-01-01T00:00:00Z")),
          Map.entry("end", List.of("1700000600", "2026-01-01T01:00:00Z")),
          Map.entry("step", List.of("15", "1m")),
          Map.entry("timeout", List.of("1s", "100ms")),
          Map.entry("limit", List.of("1", "0", "10")),
          Map.entry("lookback_delta", List.of("5m")),
          Map.entry("stats", List.of("all")),
          Map.entry("metric", List.of("up")),
          Map.entry("match_target", List.of("{job=\"nowhere\"}")),
          Map.entry("limit_per_metric", List.of("1")),
          Map.entry("state", List.of("active", "any", "dropped", "firing")),
          Map.entry("scrapePool", List.of("nowhere")),
          Map.entry("type", List.of("alert", "record")),
          Map.entry("rule_name[]", List.of("AlwaysOn")),
          Map.entry("rule_group[]", List.of("always")),
          Map.entry("file[]", List.of("rules.yml")),
          Map.entry("group_limit", List.of("1")),
          Map.entry("group_next_token", List.of("x")),
          Map.entry("exclude_alerts", List.of("true")),
          Map.entry("filter", List.of("alertname=\"AlwaysOn\"", "a=~\"b.*\"", "{a!=\"b\"}")),
          Map.entry("receiver", List.of("on-call", ".*")),
          Map.entry("receiver_matchers", List.of("a=b")),
          Map.entry("active", List.of("true", "false")),
          Map.entry("silenced", List.of("true", "false")),
          Map.entry("inhibited", List.of("true", "false")),
          Map.entry("muted", List.of("true", "false")),
          Map.entry("unprocessed", List.of("true")),
          Map.entry("expired", List.of("true", "1")),
          Map.entry("pending", List.of("1")),
          Map.entry("status", List.of("sent", "failed")),
          Map.entry("since", List.of("1h", "2026-01-01T00:00:00Z")),
          Map.entry("groupKey", List.of("{}:{alertname=\"AlwaysOn\"}")),
          Map.entry("name[]", List.of("up")),
          Map.entry("g", List.of("up", "one")),
          Map.entry("wait", List.of("0s", "1ms")),
          Map.entry("alertname", List.of("AlwaysOn")),
          Map.entry("instance", List.of("127.0.0.1:9")),
          Map.entry("matcher", List.of("alertname=\"AlwaysOn\"", "a=~\"b|c\"")),
          Map.entry("duration", List.of("1h", "4h", "morning")),
          Map.entry("by", List.of("me")),
          Map.entry("comment", List.of("c")),
          Map.entry("id", List.of("x")),
          Map.entry("expires", List.of("1700000000")),
          Map.entry("delivery", List.of("x")),
          Map.entry("signature", List.of("AAAA")),
          Map.entry("token", List.of("guess")),
          Map.entry("next", List.of("/silences")),
          Map.entry("moment_input", List.of("2026-01-01 00:00:00")),
          Map.entry("range_input", List.of("1h")),
          Map.entry("end_input", List.of("2026-01-01 00:00:00")),
          Map.entry("step_input", List.of("15")),
          Map.entry("threshold", List.of("1")));

  private static final List<String> NAMES = PARAMETERS.keySet().stream().sorted().toList();

  private static final List<String> JSON =
      List.of(
          "[{\"labels\":{\"alertname\":\"F\",\"severity\":\"warning\"},\"annotations\":{\"summary\":\"s\"},"
              + "\"startsAt\":\"2026-01-01T00:00:00Z\",\"endsAt\":\"2026-01-01T00:00:01Z\","
              + "\"generatorURL\":\"http://a/b?c=d\"}]",
          "{\"matchers\":[{\"name\":\"a\",\"value\":\"b\",\"isRegex\":false,\"isEqual\":true}],"
              + "\"startsAt\":\"2026-01-01T00:00:00Z\",\"endsAt\":\"2099-01-01T00:00:00Z\","
              + "\"createdBy\":\"me\",\"comment\":\"c\"}",
          "{\"service\":\"shop\",\"env\":\"test\",\"version\":\"1\",\"sha\":\"abc\",\"strategy\":\"canary\","
              + "\"color\":\"blue\",\"candidate\":\"a=\\\"b\\\"\",\"links\":[\"http://a/b\"],"
              + "\"started_at\":\"2026-01-01T00:00:00Z\"}",
          "{\"deployment\":\"d1\"}",
          "{\"status\":\"succeeded\"}",
          "{\"reason\":\"r\"}",
          "[]",
          "{}");

  private static final List<String> TYPES =
      List.of(
          "application/json",
          "application/x-www-form-urlencoded",
          WriteRequests.V1,
          WriteRequests.V2,
          "text/plain",
          "multipart/form-data; boundary=x",
          "application/xml",
          "a/b; charset=nope",
          "");

  private static final List<String> HEADERS =
      List.of(
          "Accept: application/json",
          "Accept: text/html",
          "Accept: */*;q=x",
          "Accept: a/",
          "Accept: application/openmetrics-text;version=1.0.0",
          "Accept-Encoding: gzip",
          "Accept-Encoding: identity;q=0",
          "Content-Encoding: gzip",
          "Content-Encoding: snappy",
          "Content-Encoding: deflate",
          "Content-Encoding: br",
          "Origin: http://evil.example",
          "Origin: null",
          "X-Forwarded-For: 127.0.0.1",
          "Authorization: Bearer x",
          "Authorization: Basic !",
          "Cookie: pharos_session=x; a=\"",
          "Idempotency-Key: k1",
          "X-Prometheus-Remote-Write-Version: 2.0.0",
          "X-Prometheus-Remote-Read-Version: 0.1.0",
          "User-Agent: Prometheus/3.0",
          "Sec-CH-UA-Mobile: ?1",
          "If-None-Match: *",
          "Range: bytes=0-1",
          "Accept-Language: zh;q=x",
          "Sec-Fetch-Site: cross-site",
          "Access-Control-Request-Method: GET",
          "X-HTTP-Method-Override: DELETE",
          "Traceparent: 00-x",
          "Host: evil.example",
          "Date: x",
          "Max-Forwards: 0",
          "TE: trailers");

  private final Random random;
  private final List<Route> routes;
  private final int port;
  private final Mutations json;

  RequestGenerator(Random random, List<Route> routes, int port) {
    this.random = random;
    this.routes = List.copyOf(routes);
    this.port = port;
    json = new Mutations(random, JSON, PIECES);
  }

  private boolean chance(int percent) {
    return random.nextInt(100) < percent;
  }

  private <T> T any(List<T> all) {
    return all.get(random.nextInt(all.size()));
  }

  Request next() {
    Route route = any(routes);
    String method =
        chance(3)
            ? any(List.of("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "x"))
            : route.method();
    var head = new ArrayList<String>();
    head.add(method + " " + path(route) + " HTTP/1.1");
    if (!chance(1)) {
      head.add("Host: localhost:" + port);
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      head.add(chance(10) ? oneLine(mutated(any(HEADERS))) : any(HEADERS));
    }
    byte[] body = new byte[0];
    if (!List.of("GET", "HEAD", "DELETE").contains(method) || chance(3)) {
      body = body(route, head);
      head.add("Content-Length: " + body.length);
    }
    byte[] start = (String.join("\r\n", head) + "\r\n\r\n").getBytes(UTF_8);
    if (random.nextInt(300) == 0) {
      return new Request(method, joined(Fuzzing.broken(random, start, 0), body), false);
    }
    return new Request(method, joined(start, body), true);
  }

  private static byte[] joined(byte[] one, byte[] other) {
    var all = new ByteArrayOutputStream();
    all.writeBytes(one);
    all.writeBytes(other);
    return all.toByteArray();
  }

  private static String oneLine(String header) {
    // These would change where the body ends, which requests with a broken head try.
    return header
        .replaceAll("[\\r\\n\\x00]", "_")
        .replaceAll("(?i)^(content-length|transfer)", "X");
  }

  private String mutated(String text) {
    return new Mutations(random, List.of(text), PIECES).next();
  }

  private String path(Route route) {
    String path = route.path();
    if (path.contains("/x")) {
      String part =
          switch (random.nextInt(4)) {
            case 0 -> encoded(any(PIECES));
            case 1 -> any(List.of("d1", "on-call", "job", "__name__", "AlwaysOn", "shop", "x"));
            case 2 -> any(PIECES).replaceAll("[ \\r\\n]", "_");
            default -> encoded(mutated("x"));
          };
      path = path.replace("/x", "/" + part);
    } else if (chance(3)) {
      path = mutated(path).replaceAll("[ \\r\\n]", "_");
    }
    if (path.isEmpty() || path.charAt(0) != '/') {
      path = "/" + path;
    }
    return chance(60) ? path + "?" + form() : path;
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, UTF_8);
  }

  private String form() {
    var pairs = new ArrayList<String>();
    for (int i = random.nextInt(7); i > 0; i--) {
      String name = any(NAMES);
      String value = any(PARAMETERS.get(name));
      if (chance(40)) {
        value = mutated(value);
      }
      if (name.equals("wait") && value.matches(".*\\d\\d.*|.*[mh].*")) {
        value = "0s"; // long waits are legal, and take long
      }
      pairs.add(
          (chance(3) ? mutated(name) : encoded(name))
              + (chance(2) ? "" : "=")
              + (chance(5) ? value : encoded(value)));
    }
    return String.join("&", pairs).replaceAll("[ \\r\\n]", "+");
  }

  private byte[] body(Route route, List<String> head) {
    byte[] body;
    String type;
    if (route.path().endsWith("/write") || route.path().endsWith("/read")) {
      boolean read = route.path().endsWith("/read");
      boolean second = !read && random.nextBoolean();
      type = second ? WriteRequests.V2 : WriteRequests.V1;
      byte[] message = read ? readRequest() : writeRequest(second);
      message = chance(70) ? Fuzzing.broken(random, message, 0) : message;
      body = Snappy.encode(message);
      head.add("Content-Encoding: snappy");
    } else if (route.type().contains("form")
        || route.path().contains("silences/") && !route.path().contains("api")
        || route.path().startsWith("/login")) {
      type = "application/x-www-form-urlencoded";
      body = form().getBytes(chance(10) ? ISO_8859_1 : UTF_8);
    } else {
      type = "application/json";
      String good = json(route);
      body = (chance(40) ? good : chance(60) ? mutated(good) : json.next()).getBytes(UTF_8);
    }
    if (chance(15)) {
      body = Fuzzing.broken(random, body, 0);
    }
    if (chance(5)) {
      body = gzip(body);
      head.add("Content-Encoding: gzip");
    }
    String said = chance(8) ? any(TYPES) : type;
    if (!said.isEmpty()) {
      head.add("Content-Type: " + said);
    }
    return body;
  }

  /// What the route takes.
  private String json(Route route) {
    String path = route.path();
    return path.contains("/deployments")
        ? JSON.get(route.method().equals("PUT") ? 2 : 4)
        : path.endsWith("/alerts")
            ? JSON.get(0)
            : path.endsWith("/silences")
                ? JSON.get(1)
                : path.endsWith("/gates") ? JSON.get(3) : any(JSON);
  }

  private byte[] gzip(byte[] body) {
    var bytes = new ByteArrayOutputStream();
    try (var out = new GZIPOutputStream(bytes)) {
      out.write(body);
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
    return chance(30) ? Fuzzing.broken(random, bytes.toByteArray(), 0) : bytes.toByteArray();
  }

  private byte[] writeRequest(boolean second) {
    var message = new ProtoWriter();
    long now = Instant.now().toEpochMilli();
    String number = String.valueOf(random.nextInt(50));
    if (second) {
      seriesV2(
              List.of("", "__name__", "sent", "a", number), new long[] {1, 2, 3, 4}, sample(now, 1))
          .accept(message);
    } else {
      seriesV1(List.of("__name__", "sent", "a", number), sample(now, 1)).accept(message);
    }
    return message.toByteArray();
  }

  private static byte[] readRequest() {
    long now = Instant.now().toEpochMilli();
    return new ProtoWriter()
        .message(
            1,
            query ->
                query
                    .int64(1, now - 600_000)
                    .int64(2, now)
                    .message(3, it -> it.int64(1, 2).string(2, "__name__").string(3, "o.*|sent")))
        .int64(2, 1)
        .toByteArray();
  }
}
