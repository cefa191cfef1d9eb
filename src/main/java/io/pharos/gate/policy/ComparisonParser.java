package io.pharos.gate.policy;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.regex.Pattern;

/// Reads the checks of a policy that compare the candidate with the baseline.
final class ComparisonParser {
  /* Defaults of optional keys. */
  private static final double THETA0 = 1.25;
  private static final int MIN_REQUESTS = 100;
  private static final int RATE = 4;
  private static final double MARGIN = 0.2;

  private static final int MAX_BOUNDARIES = 4;

  private static final Pattern LE = Pattern.compile("[{,]\\s*le\\s*[=!]");

  private ComparisonParser() {}

  static Check relative(YamlMap map, String id, Check.Subject subject) {
    var check =
        new Check.Relative(
            id,
            map.bool("required", false),
            map.bool("blocking", true),
            subject,
            PolicyParser.selectors(map, subject == Check.Subject.LATENCY ? "buckets" : "total"),
            switch (subject) {
              case ERRORS -> PolicyParser.selectors(map, "bad");
              case ANSWERS ->
                  map.get("unanswered").isPresent()
                      ? PolicyParser.selectors(map, "unanswered")
                      : List.of();
              case LATENCY -> List.of();
            },
            subject == Check.Subject.LATENCY ? boundaries(map) : List.of(),
            subject == Check.Subject.ANSWERS ? PolicyParser.label(map, "status", "status") : "",
            PolicyParser.label(map, "route", ""),
            PolicyParser.fraction(map, "theta0", THETA0, 1, 10),
            map.integer("min_requests", MIN_REQUESTS, 1, 1_000_000));
    requireOneKind(map, check);
    if (map.has("buckets")) {
      PolicyParser.values(map.require("buckets")).forEach(ComparisonParser::requireAllBuckets);
    }
    map.finish();
    return check;
  }

  /* Selectors without the candidate's variables compare with earlier times, so either all selectors
   * of a check have them, or none. */
  private static void requireOneKind(YamlMap map, Check.Relative check) {
    long sides = check.templates().stream().filter(ComparisonParser::namesSide).count();
    if (sides < check.templates().size() && (sides > 0 || check.variables().contains("version"))) {
      throw map.error(
          "found selectors without $color or $candidate, expected one of these in all selectors, or in none to compare with the hour and the day before");
    }
  }

  static Check paired(YamlMap map, String id) {
    YamlValue name = map.require("probe");
    PolicyText probe = name.parse("the name of a probe", PolicyText::new);
    requireBothSides(name, probe);
    return map.finished(
        new Check.Paired(
            id,
            map.bool("required", false),
            map.bool("blocking", true),
            probe,
            map.integer("rate", RATE, 1, Check.Paired.MAX_RATE),
            PolicyParser.fraction(map, "theta0", THETA0, 1, 10),
            map.integer("min_requests", MIN_REQUESTS, 1, 1_000_000)));
  }

  static Check gauge(YamlMap map) {
    boolean growth = map.bool("growth", false);
    boolean blocking = map.bool("blocking", growth);
    if (blocking && !growth) {
      throw map.require("blocking")
          .error("expected false: without growth: true, a gauge is advice and never fails a gate");
    }
    YamlValue selector = map.require("selector");
    PolicyText text = selector.parse("a series selector", PolicyText::selector);
    requireBothSides(selector, text);
    return map.finished(
        new Check.Gauge(
            map.require("id").asString(),
            map.bool("required", false),
            blocking,
            text,
            PolicyParser.fraction(map, "margin", MARGIN, 0, 100),
            map.get("direction")
                .map(
                    value ->
                        value.parse(
                            "one of increase, decrease, either", ComparisonParser::direction))
                .orElse(Check.Direction.INCREASE),
            growth));
  }

  private static Check.Direction direction(String text) {
    return switch (text) {
      case "increase" -> Check.Direction.INCREASE;
      case "decrease" -> Check.Direction.DECREASE;
      case "either" -> Check.Direction.EITHER;
      default -> throw new IllegalArgumentException("not one of them");
    };
  }

  private static boolean namesSide(PolicyText text) {
    return text.variables().contains("color") || text.variables().contains("candidate");
  }

  private static void requireBothSides(YamlValue value, PolicyText text) {
    if (!namesSide(text)) {
      throw value.error(
          "expected $color or $candidate, which are replaced by the baseline's values, found "
              + Quoted.of(text.text()));
    }
  }

  private static void requireAllBuckets(YamlValue value) {
    if (LE.matcher(value.asString()).find()) {
      throw value.error(
          "expected all buckets of a histogram, found a matcher of the label le: set the key le instead");
    }
  }

  private static List<Double> boundaries(YamlMap map) {
    Optional<YamlValue> boundaryValues = map.get("le");
    if (boundaryValues.isEmpty()) {
      return List.of();
    }
    YamlValue value = boundaryValues.get();
    var boundaries = new TreeSet<Double>();
    for (YamlValue each : PolicyParser.values(value)) {
      double boundary = each.asDouble();
      if (!(boundary > 0 && Double.isFinite(boundary))) {
        throw each.error(
            "expected the upper bound of a bucket in seconds, found " + each.asString());
      }
      boundaries.add(boundary);
    }
    if (boundaries.isEmpty() || boundaries.size() > MAX_BOUNDARIES) {
      throw value.error(
          "expected 1 to " + MAX_BOUNDARIES + " boundaries, found " + boundaries.size());
    }
    return List.copyOf(boundaries);
  }
}
