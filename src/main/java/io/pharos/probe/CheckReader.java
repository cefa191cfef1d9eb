package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.probe.expression.Expression;
import io.pharos.probe.expression.ExpressionException;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Reads the check of a probe or of a step.
final class CheckReader {
  private static final Duration MIN_GRACE = Duration.ofSeconds(10);

  private final Map<String, Function<YamlMap, ProbeCheck>> types = new LinkedHashMap<>();
  private final CheckKeys keys;

  /// @param variables variables that texts may use
  CheckReader(CheckKeys keys, KnownVariables variables) {
    this.keys = keys;
    var network = new NetworkChecks(keys);
    types.put("http", new HttpChecks(keys, variables)::http);
    types.put("tcp", network::tcp);
    types.put("udp", network::udp);
    types.put("icmp", network::icmp);
    types.put("dns", network::dns);
    types.put("tls", network::tls);
    types.put("ssh", network::ssh);
    types.put("grpc", network::grpc);
    types.put("websocket", new HttpChecks(keys, KnownVariables.NONE)::webSocket);
    types.put("postgres", network::postgres);
    types.put("redis", network::redis);
  }

  /// Makes this reader also accept the push check, which steps can't have. Returns this reader.
  ///
  /// @param interval expected interval of reports
  CheckReader withPush(Duration interval) {
    types.put("push", map -> push(map, interval));
    return this;
  }

  private ProbeCheck push(YamlMap map, Duration interval) {
    Duration fifth = interval.dividedBy(5);
    Duration grace =
        map.get("grace")
            .map(_ -> map.duration("grace", "1m", "1s", "30d"))
            .orElse(fifth.compareTo(MIN_GRACE) < 0 ? MIN_GRACE : fifth);
    Optional<Duration> maxRun =
        map.get("max_run").map(_ -> map.duration("max_run", "1h", "1s", "30d"));
    Optional<Path> token = keys.path(map, "token_file");
    Optional<CronSchedule> cron = cron(map);
    map.finish();
    return new ProbeCheck.PushCheck(
        grace, maxRun.orElse(null), token.orElse(null), cron.orElse(null));
  }

  /// Returns the schedule of a push check.
  static Optional<CronSchedule> cron(YamlMap map) {
    ZoneId zone =
        map.get("timezone")
            .map(value -> value.parse("a time zone such as Europe/Berlin", CheckReader::zone))
            .orElse(ZoneOffset.UTC);
    Optional<CronSchedule> cron =
        map.get("cron")
            .map(
                value ->
                    value.parse(
                        "a line of a crontab such as 0 3 * * *",
                        text -> CronSchedule.of(text, zone)));
    if (cron.isEmpty() && map.has("timezone")) {
      throw map.require("timezone").error("found timezone without cron, which alone needs it");
    }
    return cron;
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /// Reads the single check of a mapping; rejects keys that were not read.
  ///
  /// @param alternatives further alternatives that the error message lists; may be empty
  ProbeCheck check(YamlMap map, String alternatives) {
    Map<String, YamlValue> found = found(map);
    map.finish();
    if (found.size() != 1) {
      String expected = "expected one of " + String.join(", ", types.keySet()) + alternatives;
      throw map.keys().stream()
          .filter(key -> types.containsKey(key) && !map.has(key))
          .findFirst()
          .map(key -> map.missing(key, expected))
          .orElseGet(() -> map.error(expected));
    }
    var entry = found.entrySet().iterator().next();
    return requireNonNull(types.get(entry.getKey())).apply(entry.getValue().asMap());
  }

  /// Rejects a check in a mapping with steps, and keys that were not read.
  void rejectCheck(YamlMap map) {
    if (!found(map).isEmpty()) {
      throw map.error("found " + found(map).keySet().iterator().next() + " beside steps");
    }
    map.finish();
  }

  private Map<String, YamlValue> found(YamlMap map) {
    var found = new LinkedHashMap<String, YamlValue>();
    types.keySet().forEach(type -> map.get(type).ifPresent(value -> found.put(type, value)));
    return found;
  }

  /// Parses the expression of a check.
  ///
  /// @param stored variables of earlier steps
  static Expression expression(YamlValue value, ProbeCheck check, Set<String> stored) {
    try {
      return Expression.parse(value.asString(), ProbeVariables.of(check, stored));
    } catch (ExpressionException e) {
      throw value.error("column " + e.column() + " of the expression: " + e.getMessage());
    }
  }
}
