package io.pharos.config.alertmanager;

import io.pharos.config.alertmanager.GlobalConfig.ServiceDefaults;
import io.pharos.config.alertmanager.GlobalConfig.SmtpDefaults;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.UrlReader;
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
import java.util.List;
import java.util.Set;

/// Reads `alertmanager.yml`: the top level, `global`, inhibition rules and what must fit together.
final class ConfigReader {
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

  ConfigReader(Path folder) {
    this.folder = folder;
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
    List<InhibitRule> rules = file.list("inhibit_rules", ConfigReader::readInhibitRule);
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
    var secrets = new SecretReader(folder);
    var http = new HttpReader(folder, HttpReader.ALL);
    var smtp =
        new SmtpDefaults(
            map.string("smtp_from", ""),
            map.string("smtp_hello", "localhost"),
            map.get("smtp_smarthost")
                .filter(value -> !value.asString().isEmpty())
                .map(ConfigReader::hostPort)
                .orElse(null),
            map.string("smtp_auth_username", ""),
            secrets.read(map, "smtp_auth_password"),
            secrets.read(map, "smtp_auth_secret"),
            map.string("smtp_auth_identity", ""),
            map.bool("smtp_require_tls", true),
            map.get("smtp_force_implicit_tls").map(YamlValue::asBoolean).orElse(null),
            http.readTls(map, "smtp_tls_config"));
    Duration resolveTimeout = map.duration("resolve_timeout", Duration.ofMinutes(5));
    if (resolveTimeout.isZero()) {
      throw map.require("resolve_timeout").error("must be greater than 0");
    }
    var global =
        new GlobalConfig(
            resolveTimeout, http.read(map, HttpOptions.DEFAULT), smtp, readServices(map, secrets));
    map.finish();
    return global;
  }

  private static ServiceDefaults readServices(YamlMap map, SecretReader secrets) {
    return new ServiceDefaults(
        secrets.readUrl(map, "slack_api_url"),
        UrlReader.read(map, "pagerduty_url", "https://events.pagerduty.com/v2/enqueue"),
        UrlReader.readFolder(map, "opsgenie_api_url", "https://api.opsgenie.com/"),
        secrets.read(map, "opsgenie_api_key"),
        UrlReader.readFolder(map, "wechat_api_url", "https://qyapi.weixin.qq.com/cgi-bin/"),
        secrets.read(map, "wechat_api_secret"),
        map.string("wechat_api_corp_id", ""),
        UrlReader.read(map, "telegram_api_url", "https://api.telegram.org"));
  }

  static HostPort hostPort(YamlValue value) {
    return value.parse("host:port", HostPort::parse);
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
            map.list("equal", ConfigReader::labelName).stream().distinct().toList());
    map.finish();
    return rule;
  }
}
