package io.pharos.gate.policy;

import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.gate.deployment.MatcherList;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.model.LabelMatcher;
import io.pharos.model.LabelName;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.model.Sha256;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.function.BiFunction;

/// Reads one policy file and refuses unknown keys.
final class PolicyParser {
  private static final String A_SELECTOR =
      "a series selector such as http_requests_total{job=\"backend\",status=~\"5..\"}";
  private static final Duration MAX_DEADLINE = Duration.ofHours(6);

  private PolicyParser() {}

  /// Which keys a policy must have.
  enum Strictness {
    /// A policy file, which must have all keys that are required today.
    FILE,
    /// A stored policy, which may lack keys that were not required when it was stored.
    STORED
  }

  /// Parses the policies of a file, one for each environment that it names.
  static List<GatePolicy> parse(String file, String id, String text, Strictness strictness) {
    YamlMap map = YamlFile.parse(file, text);
    String version = map.require("version").asString();
    String service = map.require("service").asString();
    List<String> envs = PolicySet.envs(map);
    var common = new Times(map);
    OnInconclusive onInconclusive =
        map.get("on_inconclusive")
            .map(value -> value.parse("one of hold, allow, ask", OnInconclusive::parse))
            .orElse(OnInconclusive.HOLD);
    double alpha = fraction(map, "alpha", 0.01, 0.0001, 0.05);
    List<Check> checks =
        map.get("checks").map(v -> checks(v.asMap(), strictness)).orElse(List.of());
    map.finish();
    String hash = Sha256.hex(text);
    return envs.stream()
        .map(
            env ->
                new GatePolicy(
                    id,
                    version,
                    hash,
                    text,
                    service,
                    env,
                    common.interval,
                    common.warmup,
                    common.minSoak,
                    common.deadline,
                    common.maxAge,
                    common.passValid,
                    onInconclusive,
                    alpha,
                    checks))
        .toList();
  }

  /// The durations that every policy has.
  private static final class Times {
    final Duration interval;
    final Duration warmup;
    final Duration minSoak;
    final Duration deadline;
    final Duration maxAge;
    final Duration passValid;

    Times(YamlMap map) {
      interval = map.duration("interval", "10s", "1s", "5m");
      warmup = map.duration("warmup", "60s", "0s", "1h");
      minSoak = map.duration("min_soak", "5m", "0s", "6h");
      deadline = map.duration("deadline", "30m", "1s", PromDuration.format(MAX_DEADLINE));
      maxAge = map.duration("max_age", "1m", "1s", "1h");
      passValid = map.duration("pass_valid", "10m", "1s", "1d");
      if (deadline.compareTo(minSoak) <= 0) {
        throw map.require(map.has("deadline") ? "deadline" : "min_soak")
            .error(
                "found a deadline of %s and a min_soak of %s, expected a deadline longer than min_soak"
                    .formatted(PromDuration.format(deadline), PromDuration.format(minSoak)));
      }
    }
  }

  /* Checks are observed in this order: the checks that determine the candidate's start come
   * first. */
  private static List<Check> checks(YamlMap map, Strictness strictness) {
    var checks = new ArrayList<Check>();
    map.get("version").ifPresent(value -> checks.add(version(value)));
    map.get("restarts").ifPresent(value -> checks.add(restarts(value.asMap())));
    map.get("probes").ifPresent(value -> checks.add(probes(value.asMap())));
    map.get("alerts").ifPresent(value -> checks.add(alerts(value.asMap())));
    for (Check.Subject subject : List.of(Check.Subject.ERRORS, Check.Subject.LATENCY)) {
      oneOrMany(map, subject.bound, (item, id) -> bound(item, id, subject), checks);
    }
    for (Check.Subject subject : Check.Subject.values()) {
      oneOrMany(
          map,
          subject.comparison,
          (item, id) -> ComparisonParser.relative(item, id, subject),
          checks);
    }
    oneOrMany(map, "paired_probes", ComparisonParser::paired, checks);
    map.get("gauges")
        .ifPresent(
            value ->
                values(value).forEach(item -> checks.add(ComparisonParser.gauge(item.asMap()))));
    map.get("budget").ifPresent(value -> checks.add(budget(value.asMap())));
    map.finish();
    var ids = new HashSet<String>();
    for (Check check : checks) {
      if (!ids.add(check.id())) {
        throw map.error(
            "two checks have the id " + Quoted.of(check.id()) + ", expected different ids");
      }
    }
    if (!map.has("version")) {
      switch (strictness) {
        case FILE ->
            throw map.error(
                "the key \"version\" is missing, expected a selector of series that prove the running"
                    + " version, or none");
        case STORED -> checks.addFirst(new Check.UnprovenVersion("version"));
      }
    }
    return List.copyOf(checks);
  }

  private static Check version(YamlValue value) {
    if (value.isScalar()) {
      return value.parse(
          "a mapping with a selector, or none",
          text -> {
            if (!text.equals("none")) {
              throw new IllegalArgumentException("expected none (the version is not proven)");
            }
            return new Check.UnprovenVersion("version");
          });
    }
    YamlMap map = value.asMap();
    return map.finished(
        new Check.Version(
            map.string("id", "version"),
            map.bool("required", true),
            map.bool("blocking", true),
            selector(map.require("selector")),
            label(map, "label", "version"),
            label(map, "sha_label", "revision"),
            label(map, "digest_label", "digest"),
            map.integer("instances", 1, 1, 10_000)));
  }

  static String label(YamlMap map, String key, String defaultValue) {
    return map.get(key)
        .map(value -> value.parse("a label name", PolicyParser::labelName))
        .orElse(defaultValue);
  }

  private static Check restarts(YamlMap map) {
    return map.finished(
        new Check.Restarts(
            map.string("id", "restarts"),
            map.bool("required", true),
            map.bool("blocking", true),
            selector(map.require("selector")),
            map.integer("max", 1, 0, 100)));
  }

  private static Check probes(YamlMap map) {
    YamlValue names = map.require("names");
    var check =
        new Check.Probes(
            map.string("id", "probes"),
            map.bool("required", true),
            map.bool("blocking", true),
            templates(names),
            map.integer("consecutive_ok", 10, 1, 10_000),
            map.duration("min_duration", "60s", "0s", "6h"),
            map.integer("consecutive_failed", 3, 1, 10_000),
            map.duration("startup", "2m", "0s", "1h"));
    if (check.names().isEmpty()) {
      throw names.error("expected at least one name of a probe");
    }
    map.finish();
    return check;
  }

  private static Check alerts(YamlMap map) {
    YamlValue matchers = map.require("matchers");
    var check =
        new Check.Alerts(
            map.string("id", "alerts"),
            map.bool("required", true),
            map.bool("blocking", true),
            values(matchers).stream().map(PolicyParser::matchersTemplate).toList(),
            map.has("severities") // an empty list selects all severities
                ? new HashSet<>(map.strings("severities"))
                : new HashSet<>(List.of("critical")),
            map.get("ignore").map(PolicyParser::values).orElse(List.of()).stream()
                .map(value -> value.parse("label matchers", PolicyParser::requireMatchers))
                .toList(),
            map.duration("max_age", "2m", "1s", "1h"));
    map.get("severities"); // so that an error about an unknown key lists this key
    if (check.matchers().isEmpty()) {
      throw matchers.error("expected at least one matcher such as 'service=\"backend\"'");
    }
    map.finish();
    return check;
  }

  private static PolicyText matchersTemplate(YamlValue value) {
    return value.parse(
        "label matchers such as service=\"$service\"",
        text -> {
          var template = new PolicyText(text);
          String sample = text.replace("$candidate", "a=\"b\"");
          requireMatchers(sample);
          return template;
        });
  }

  private static List<LabelMatcher> requireMatchers(String text) {
    List<LabelMatcher> matchers = MatcherList.parse(text);
    if (matchers.isEmpty()) {
      throw new IllegalArgumentException("it has no matcher");
    }
    return matchers;
  }

  /// Adds the checks of a kind. The policy contains one mapping, or a list of mappings, each with
  /// an id.
  private static void oneOrMany(
      YamlMap policy, String kind, BiFunction<YamlMap, String, Check> reader, List<Check> checks) {
    Optional<YamlValue> value = policy.get(kind);
    if (value.isPresent() && !value.get().isList()) {
      YamlMap map = value.get().asMap();
      checks.add(reader.apply(map, map.string("id", kind)));
    } else if (value.isPresent()) {
      for (YamlValue item : value.get().asList()) {
        YamlMap map = item.asMap();
        checks.add(reader.apply(map, map.require("id").asString()));
      }
    }
  }

  private static Check budget(YamlMap map) {
    return map.finished(
        new Check.Budget(
            map.string("id", "budget"),
            map.bool("required", true),
            map.bool("blocking", true),
            selectors(map, "total"),
            selectors(map, "bad"),
            fraction(map, "objective", 0.99, 0.5, 0.99999),
            map.duration("window", "30d", "1h", "90d")));
  }

  private static Check bound(YamlMap map, String id, Check.Subject subject) {
    boolean hasBad = map.has("bad");
    if (hasBad == map.has("good")) {
      throw map.error(
          "expected either bad (counters of bad requests) or good, found "
              + (hasBad ? "both" : "neither"));
    }
    YamlValue bound = map.require("p_max");
    double pMax = bound.asDouble();
    if (!(pMax >= Check.Bound.MIN && pMax <= Check.Bound.MAX)) {
      throw bound.error(
          "expected a fraction from %s to %s, found %s"
              .formatted(Check.Bound.MIN, Check.Bound.MAX, Quoted.of(bound.asString())));
    }
    var check =
        new Check.Bound(
            id,
            map.bool("required", true),
            map.bool("blocking", true),
            subject,
            selectors(map, "total"),
            hasBad ? selectors(map, "bad") : List.of(),
            hasBad ? List.of() : selectors(map, "good"),
            pMax);
    map.get("bad"); // so that an error about an unknown key lists both keys
    map.get("good");
    map.finish();
    return check;
  }

  static List<PolicyText> selectors(YamlMap map, String key) {
    YamlValue value = map.require(key);
    List<PolicyText> found = values(value).stream().map(PolicyParser::selector).toList();
    if (found.isEmpty()) {
      throw value.error("expected " + A_SELECTOR + ", found an empty list");
    }
    return found;
  }

  private static PolicyText selector(YamlValue value) {
    return value.parse(A_SELECTOR, PolicyText::selector);
  }

  private static List<PolicyText> templates(YamlValue value) {
    return values(value).stream().map(item -> item.parse("a name", PolicyText::new)).toList();
  }

  static List<YamlValue> values(YamlValue value) {
    return value.isList() ? value.asList() : List.of(value);
  }

  private static String labelName(String text) {
    if (!LabelName.isLegacy(text)) {
      throw new IllegalArgumentException("letters, digits and _ only");
    }
    return text;
  }

  /// Reads a number between two bounds.
  static double fraction(YamlMap map, String key, double defaultValue, double min, double max) {
    Optional<YamlValue> value = map.get(key);
    double found = value.map(YamlValue::asDouble).orElse(defaultValue);
    if (value.isPresent() && !(found >= min && found <= max)) {
      throw value
          .get()
          .error(
              "expected a number from %s to %s, found %s"
                  .formatted(min, max, Quoted.of(value.get().asString())));
    }
    return found;
  }
}
