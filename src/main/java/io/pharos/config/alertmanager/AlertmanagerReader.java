package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.RouteConfig.Grouping;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.pharos.ChatSettings;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Reads `alertmanager.yml`: its top level, the section `global` and the inhibition rules.
final class AlertmanagerReader {
  private static final List<String> KEYS =
      List.of(
          "global",
          "route",
          "receivers",
          "inhibit_rules",
          "time_intervals",
          "mute_time_intervals",
          "templates",
          "tracing",
          "event_recorder");
  private static final List<String> OTHER_GLOBALS =
      List.of(
          "victorops_api_key",
          "victorops_api_key_file",
          "victorops_api_url",
          "telegram_bot_token",
          "telegram_bot_token_file",
          "webex_api_url",
          "jira_api_url",
          "rocketchat_api_url",
          "rocketchat_token",
          "rocketchat_token_file",
          "rocketchat_token_id",
          "rocketchat_token_id_file",
          "mattermost_webhook_url",
          "mattermost_webhook_url_file",
          "slack_app_token",
          "slack_app_token_file",
          "slack_app_url");

  private final Path folder;
  private final List<? extends IntegrationKind> kinds;

  AlertmanagerReader(Path folder, List<? extends IntegrationKind> kinds) {
    this.folder = folder;
    this.kinds = List.copyOf(kinds);
  }

  AlertmanagerConfig read(YamlMap file) {
    for (String key : List.of("tracing", "event_recorder")) {
      file.unsupported(key, "Pharos does not have this feature; remove the key");
    }
    file.refuseOthers(KEYS);
    GlobalConfig global = readGlobal(file);
    List<NamedTimeInterval> intervals = readIntervals(file);
    List<ReceiverConfig> receivers = readReceivers(file, global);
    var routes =
        new RouteReader(
            names(receivers, ReceiverConfig::name), names(intervals, NamedTimeInterval::name));
    RouteConfig route =
        file.get("route")
            .map(value -> routes.readRoot(value.asMap()))
            .orElseThrow(() -> file.error("no routes provided: the key \"route\" is missing"));
    List<InhibitRule> rules = file.list("inhibit_rules", AlertmanagerReader::readInhibitRule);
    List<String> templates =
        file.list("templates", value -> folder.resolve(value.asString()).toString());
    file.finish();
    return new AlertmanagerConfig(
        global,
        route,
        receivers,
        rules,
        intervals,
        templates,
        MessageSettings.ALERTMANAGER,
        DeliverySettings.STANDARD,
        ChatSettings.NONE);
  }

  private static <T> Set<String> names(List<T> items, Function<T, String> name) {
    return items.stream().map(name).collect(Collectors.toUnmodifiableSet());
  }

  private GlobalConfig readGlobal(YamlMap file) {
    YamlMap map =
        file.get("global").map(YamlValue::asMap).orElseGet(() -> YamlFile.parse(file.file(), ""));

    for (String key : OTHER_GLOBALS) {
      map.unsupported(key, "Pharos does not have this kind of receiver; remove the key");
    }
    Duration resolveTimeout = map.duration("resolve_timeout", Duration.ofMinutes(5));
    if (resolveTimeout.isZero()) {
      throw map.require("resolve_timeout").error("must be greater than 0");
    }
    var integrations = new LinkedHashMap<IntegrationKind, IntegrationDefaults>();
    for (IntegrationKind kind : kinds) {
      integrations.put(kind, kind.defaults(new KeyReader(map, folder, HttpOptions.DEFAULT)));
    }
    return map.finished(
        new GlobalConfig(
            resolveTimeout,
            KeyReader.receivers(folder).read(map, HttpOptions.DEFAULT.withoutRedirects()),
            integrations));
  }

  private static List<NamedTimeInterval> readIntervals(YamlMap file) {
    var all = new ArrayList<NamedTimeInterval>();
    var names = new HashSet<String>();
    for (String key : List.of("time_intervals", "mute_time_intervals")) {
      for (YamlValue value : file.items(key)) {
        NamedTimeInterval interval = TimeIntervalReader.read(value.asMap());
        addUnique(value, "time interval", interval.name(), names);
        all.add(interval);
      }
    }
    return all;
  }

  private List<ReceiverConfig> readReceivers(YamlMap file, GlobalConfig global) {
    var reader = new ReceiverReader(folder, global);
    var all = new ArrayList<ReceiverConfig>();
    var names = new HashSet<String>();
    for (YamlValue value : file.items("receivers")) {
      ReceiverConfig receiver = reader.read(value.asMap());
      addUnique(value, "receiver", receiver.name(), names);
      all.add(receiver);
    }
    return all;
  }

  private static void addUnique(YamlValue value, String kind, String name, Set<String> names) {
    if (!names.add(name)) {
      throw value.error("the " + kind + " " + Quoted.of(name) + " is defined twice");
    }
  }

  private static String labelName(YamlValue value) {
    if (value.asString().isEmpty()) {
      throw value.error("a label name must not be empty");
    }
    return value.asString();
  }

  private static InhibitRule readInhibitRule(YamlValue value) {
    if (value.isNull()) {
      return new InhibitRule("", List.of(), List.of(), List.of(), Duration.ZERO);
    }
    YamlMap map = value.asMap();
    List<LabelMatcher> source = MatcherReader.read(map, "source_");
    List<LabelMatcher> target = MatcherReader.read(map, "target_");
    return map.finished(
        new InhibitRule(
            map.string("name", ""),
            source,
            target,
            map.list("equal", AlertmanagerReader::labelName).stream().distinct().toList(),
            Duration.ZERO));
  }

  /// Reads the routing tree, and checks that its receivers and time intervals exist.
  record RouteReader(Set<String> receivers, Set<String> intervals) {
    RouteConfig readRoot(YamlMap map) {
      if (map.string("receiver", "").isEmpty()) {
        throw map.missing("receiver", "the root route must name a receiver");
      }
      for (String key : List.of("match", "match_re", "matchers")) {
        if (hasValue(map, key)) {
          throw map.error(
              "the root route takes every alert and must not have matchers, found %s on line %s"
                  .formatted(key, map.line(key)));
        }
      }
      for (String key : List.of("mute_time_intervals", "active_time_intervals")) {
        if (hasValue(map, key)) {
          throw map.error(
              "the root route must not have " + key + ", found on line " + map.line(key));
        }
      }
      RouteConfig route = read(map);
      if (route.continues()) {
        throw map.require("continue").error("the root route must not have continue: true");
      }
      return route;
    }

    /// Returns whether a key has a value other than an empty list or an empty mapping.
    private static boolean hasValue(YamlMap map, String key) {
      return map.get(key)
          .filter(value -> !value.isMap() || !value.asMap().keys().isEmpty())
          .filter(value -> !value.isList() || !value.asList().isEmpty())
          .isPresent();
    }

    private RouteConfig read(YamlMap map) {
      map.unsupported("labels", "route labels are not supported yet");
      String receiver = map.get("receiver").map(this::readReceiver).orElse("");
      List<LabelMatcher> matchers = MatcherReader.read(map, "");
      Duration groupWait = map.get("group_wait").map(YamlValue::asDuration).orElse(null);
      return map.finished(
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
              map.list("routes", value -> read(value.asMap()))));
    }

    private String readReceiver(YamlValue value) {
      String name = value.asString();
      if (!receivers.contains(name)) {
        throw value.error(
            "undefined receiver "
                + Quoted.of(name)
                + Suggestion.nearest(name, receivers)
                    .map(near -> ": did you mean " + Quoted.of(near) + "?")
                    .orElseGet(() -> ", expected one of " + sorted(receivers)));
      }
      return name;
    }

    private static List<String> sorted(Set<String> names) {
      return names.stream().sorted().map(Quoted::of).toList();
    }

    private static @Nullable Duration positive(YamlMap map, String key) {
      return map.get(key)
          .map(
              value -> {
                if (value.asDuration().isZero()) {
                  throw value.error("must be greater than 0");
                }
                return value.asDuration();
              })
          .orElse(null);
    }

    private static Grouping readGrouping(YamlMap map) {
      var value = map.get("group_by");
      List<String> names = map.strings("group_by");
      if (value.isEmpty() || names.isEmpty()) {
        return new Grouping.Inherited(); // an empty list is treated as absent, as in Alertmanager
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
            .error(
                "\"...\" stands for all labels and can't be combined with others, found " + names);
      }
      return new Grouping.AllLabels();
    }

    private String readIntervalName(YamlValue value) {
      if (!intervals.contains(value.asString())) {
        throw value.error(
            "undefined time interval %s, expected one of %s"
                .formatted(Quoted.of(value.asString()), sorted(intervals)));
      }
      return value.asString();
    }
  }
}
