package io.pharos.oncall.schedule;

import io.pharos.alerting.silence.Silences;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import io.pharos.oncall.schedule.MaintenanceWindow.Times;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/// Reads what recurs in `oncall.yml`: maintenance windows and drills.
///
/// @param now the time from which dates of an RRULE are counted
record WindowReader(Instant now) {
  private static final int MAX_MATCHERS = 20;
  private static final Pattern SITE = Pattern.compile("[^/\\s]{1,100}/[^/\\s]{1,100}");

  /* An ended silence is kept for so long. Until then it shows that a person ended the occurrence. */
  private static final Duration MAX_LENGTH = Silences.RETENTION;

  MaintenanceWindow window(YamlMap map) {
    return window(map, OnCallFile.name(map.require("name")));
  }

  MaintenanceWindow window(YamlMap map, String name) {
    map.refuseOthers(
        List.of(
            "name", "matchers", "timezone", "start", "duration", "repeat", "rollouts", "comment"));
    OnCallFile.atMost(map, "matchers", MAX_MATCHERS);
    List<LabelMatcher> matchers =
        map.require("matchers").asList().stream().map(WindowReader::matcher).toList();
    if (matchers.stream().allMatch(matcher -> matcher.matches(""))) {
      throw map.require("matchers")
          .error("expected at least one matcher that does not match the empty text");
    }
    Duration duration = map.require("duration").asDuration();
    if (duration.isZero() || duration.compareTo(MAX_LENGTH) > 0) {
      throw map.require("duration").error("expected a duration above 0, at most 5d");
    }
    return new MaintenanceWindow(name, matchers, times(map), duration, map.string("comment", ""));
  }

  private Times times(YamlMap map) {
    Optional<YamlValue> rollouts = map.get("rollouts");
    if (rollouts.isEmpty()) {
      ZoneId zone = OnCallFile.zone(map.require("timezone"));
      LocalDateTime start = RotationReader.time(map.require("start"));
      return new Times.Planned(
          zone, start, map.get("repeat").map(value -> repeat(value, start, zone)));
    }
    for (String key : List.of("timezone", "start", "repeat")) {
      map.get(key)
          .ifPresent(
              value -> {
                throw value.error("expected no \"" + key + "\" beside \"rollouts\"");
              });
    }
    OnCallFile.atMost(map, "rollouts", MAX_MATCHERS);
    return new Times.Rollouts(
        rollouts.get().asList().stream()
            .map(it -> it.parse("SERVICE/ENVIRONMENT, as remotegpu/production", WindowReader::site))
            .toList());
  }

  private static String site(String text) {
    if (!SITE.matcher(text).matches()) {
      throw new IllegalArgumentException("not a site");
    }
    return text;
  }

  /// Reads when drills of a policy begin.
  DrillTimes drills(YamlMap map) {
    map.refuseOthers(List.of("repeat", "timezone", "start", "wait"));
    ZoneId zone = OnCallFile.zone(map.require("timezone"));
    LocalDateTime start = RotationReader.time(map.require("start"));
    YamlValue rule = map.require("repeat");
    return new DrillTimes(
        zone, rule.asString(), repeat(rule, start, zone), map.duration("wait", "1m", "1s", "1h"));
  }

  private Handover repeat(YamlValue value, LocalDateTime start, ZoneId zone) {
    return switch (value.asString()) {
      case "daily" -> new Handover.Days(start, 1);
      case "weekly" -> new Handover.Days(start, 7);
      default -> RotationReader.recurring(value, start, zone, now);
    };
  }

  private static LabelMatcher matcher(YamlValue value) {
    return value.parse("a matcher such as service=\"db\"", MatcherParser::parseMatcher);
  }
}
