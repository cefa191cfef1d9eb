package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.ConfigException;
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

/// Reads `alertmanager.yml`: the top level, `global`, inhibition rules and what must fit together.
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
      file.unsupported(key, "Pharos has no such part yet; remove it");
    }
    file.refuseOthers(KEYS);
    GlobalConfig global = readGlobal(file);
    List<NamedTimeInterval> intervals = readIntervals(file);
    List<ReceiverConfig> receivers = readReceivers(file, global);
    var routes =
        new RouteReader(
            names(receivers.stream().map(ReceiverConfig::name).toList()),
            names(intervals.stream().map(NamedTimeInterval::name).toList()));
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
        DeliverySettings.STANDARD);
  }

  private static Set<String> names(List<String> names) {
    return Set.copyOf(names);
  }

  private GlobalConfig readGlobal(YamlMap file) {
    var found = file.get("global");
    if (found.isEmpty()) {
      return readGlobalEntries(YamlFile.parse(file.file(), ""));
    }
    return readGlobalEntries(found.get().asMap());
  }

  private GlobalConfig readGlobalEntries(YamlMap map) {
    for (String key : OTHER_GLOBALS) {
      if (map.has(key)) {
        throw new ConfigException(
            map.file(),
            map.line(key),
            0,
            map.path()
                + ": "
                + key
                + " is not supported yet, expected settings of receivers that Pharos has");
      }
    }
    Duration resolveTimeout = map.duration("resolve_timeout", Duration.ofMinutes(5));
    if (resolveTimeout.isZero()) {
      throw map.require("resolve_timeout").error("must be greater than 0");
    }
    var integrations = new LinkedHashMap<IntegrationKind, IntegrationDefaults>();
    for (IntegrationKind kind : kinds) {
      integrations.put(kind, kind.defaults(new KeyReader(map, folder, HttpOptions.DEFAULT)));
    }
    var global =
        new GlobalConfig(
            resolveTimeout,
            new HttpReader(folder, HttpReader.ALL).read(map, HttpOptions.DEFAULT),
            integrations);
    map.finish();
    return global;
  }

  private List<NamedTimeInterval> readIntervals(YamlMap file) {
    var reader = new TimeIntervalReader();
    var all = new ArrayList<NamedTimeInterval>();
    var seen = new HashSet<String>();
    for (String key : List.of("time_intervals", "mute_time_intervals")) {
      for (YamlValue value : file.get(key).map(YamlValue::asList).orElse(List.of())) {
        NamedTimeInterval interval = reader.read(value.asMap());
        if (!seen.add(interval.name())) {
          throw value.error(
              "the time interval " + Quoted.of(interval.name()) + " is defined twice");
        }
        all.add(interval);
      }
    }
    return all;
  }

  private List<ReceiverConfig> readReceivers(YamlMap file, GlobalConfig global) {
    var reader = new ReceiverReader(folder, global);
    var all = new ArrayList<ReceiverConfig>();
    var seen = new HashSet<String>();
    for (YamlValue value : file.get("receivers").map(YamlValue::asList).orElse(List.of())) {
      ReceiverConfig receiver = reader.read(value.asMap());
      if (!seen.add(receiver.name())) {
        throw value.error("the receiver " + Quoted.of(receiver.name()) + " is defined twice");
      }
      all.add(receiver);
    }
    return all;
  }

  private static String labelName(YamlValue value) {
    if (value.asString().isEmpty()) {
      throw value.error("a label name must not be empty");
    }
    return value.asString();
  }

  private static InhibitRule readInhibitRule(YamlValue value) {
    if (value.isNull()) {
      return new InhibitRule("", List.of(), List.of(), List.of());
    }
    YamlMap map = value.asMap();
    List<LabelMatcher> source = MatcherReader.read(map, "source_");
    List<LabelMatcher> target = MatcherReader.read(map, "target_");
    var rule =
        new InhibitRule(
            map.string("name", ""),
            source,
            target,
            map.list("equal", AlertmanagerReader::labelName).stream().distinct().toList());
    map.finish();
    return rule;
  }
}
