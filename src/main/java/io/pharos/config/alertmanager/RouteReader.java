package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads the routing tree and checks that receivers and time intervals in it exist.
final class RouteReader {
  private final Set<String> receivers;
  private final Set<String> intervals;

  RouteReader(Set<String> receivers, Set<String> intervals) {
    this.receivers = receivers;
    this.intervals = intervals;
  }

  RouteConfig readRoot(YamlMap map) {
    if (map.string("receiver", "").isEmpty()) {
      throw map.missing("receiver", "the root route must name a receiver");
    }
    for (String key : List.of("match", "match_re", "matchers")) {
      if (isGiven(map, key)) {
        throw map.error(
            "the root route takes every alert and must not have matchers, found "
                + key
                + " on line "
                + map.line(key));
      }
    }
    for (String key : List.of("mute_time_intervals", "active_time_intervals")) {
      if (isGiven(map, key)) {
        throw map.error("the root route must not have " + key + ", found on line " + map.line(key));
      }
    }
    RouteConfig route = read(map);
    if (route.continues()) {
      throw map.require("continue").error("the root route must not have continue: true");
    }
    return route;
  }

  /// Whether a key has a value other than an empty list or mapping.
  private static boolean isGiven(YamlMap map, String key) {
    return map.get(key)
        .filter(value -> !value.isMap() || !value.asMap().keys().isEmpty())
        .filter(value -> !value.isList() || !value.asList().isEmpty())
        .isPresent();
  }

  private RouteConfig read(YamlMap map) {
    map.unsupported("labels", "route labels are not supported yet");
    String receiver =
        map.get("receiver")
            .map(
                value -> {
                  if (!receivers.contains(value.asString())) {
                    throw value.error(
                        "undefined receiver "
                            + Quoted.of(value.asString())
                            + Suggestion.nearest(value.asString(), receivers)
                                .map(near -> ": did you mean " + Quoted.of(near) + "?")
                                .orElseGet(() -> ", expected one of " + sorted(receivers)));
                  }
                  return value.asString();
                })
            .orElse("");
    List<LabelMatcher> matchers = MatcherReader.read(map, "");
    Duration groupWait = map.get("group_wait").map(YamlValue::asDuration).orElse(null);
    var route =
        new RouteConfig(
            receiver,
            readGrouping(map),
            matchers,
            map.bool("continue", false),
            map.list("mute_time_intervals", this::readIntervalName),
            map.list("active_time_intervals", this::readIntervalName),
            groupWait,
            positive(map, "group_interval"),
            positive(map, "repeat_interval"),
            map.list("routes", value -> read(value.asMap())));
    map.finish();
    return route;
  }

  private static List<String> sorted(Set<String> names) {
    return names.stream().sorted().map(Quoted::of).toList();
  }

  private static @Nullable Duration positive(YamlMap map, String key) {
    var value = map.get(key);
    if (value.isEmpty()) {
      return null;
    }
    Duration duration = value.get().asDuration();
    if (duration.isZero()) {
      throw value.get().error("must be greater than 0");
    }
    return duration;
  }

  private static Grouping readGrouping(YamlMap map) {
    var value = map.get("group_by");
    List<String> names = map.strings("group_by");
    if (value.isEmpty() || names.isEmpty()) {
      return new Grouping.Inherited(); // as in Alertmanager, an empty list counts as absent
    }
    var seen = new HashSet<String>();
    for (String name : names) {
      if (name.isEmpty()) {
        throw value.get().error("a label name must not be empty");
      }
      if (!seen.add(name)) {
        throw value.get().error("duplicated label " + Quoted.of(name) + " in group_by");
      }
    }
    if (!names.contains("...")) {
      return new Grouping.ByLabels(names);
    }
    if (names.size() > 1) {
      throw value
          .get()
          .error("\"...\" stands for all labels and can't be combined with others, found " + names);
    }
    return new Grouping.AllLabels();
  }

  private String readIntervalName(YamlValue value) {
    if (!intervals.contains(value.asString())) {
      throw value.error(
          "undefined time interval "
              + Quoted.of(value.asString())
              + ", expected one of "
              + sorted(intervals));
    }
    return value.asString();
  }
}
