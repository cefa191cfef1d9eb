package io.pharos.config.alertmanager;

import io.pharos.config.http.HttpReader;
import io.pharos.config.http.SecretReader;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.UrlReader;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.util.Locale;
import java.util.Set;
import java.util.TreeMap;

/// Reads the receivers that open and close incidents: PagerDuty and Opsgenie.
final class IncidentReader {
  private static final Set<String> RESPONDERS =
      Set.of("team", "teams", "user", "escalation", "schedule");

  private final SecretReader secrets;
  private final HttpReader http;
  private final GlobalConfig global;

  IncidentReader(SecretReader secrets, HttpReader http, GlobalConfig global) {
    this.secrets = secrets;
    this.http = http;
    this.global = global;
  }

  PagerDutyConfig pagerDuty(YamlMap map) {
    SecretSource serviceKey = secrets.read(map, "service_key");
    SecretSource routingKey = secrets.read(map, "routing_key");
    if (!serviceKey.isSet() && !routingKey.isSet()) {
      throw map.error("missing routing_key or service_key (or its _file) in PagerDuty config");
    }
    var details = new TreeMap<>(PagerDutyConfig.DEFAULT_DETAILS);
    details.putAll(map.stringMap("details"));
    var pagerDuty =
        new PagerDutyConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            serviceKey,
            routingKey,
            UrlReader.read(map, "url", global.services().pagerDutyUrl()),
            map.string("client", PagerDutyConfig.DEFAULT_CLIENT),
            map.string("client_url", PagerDutyConfig.DEFAULT_CLIENT_URL),
            map.string("description", PagerDutyConfig.DEFAULT_DESCRIPTION),
            details,
            map.has("details"),
            map.list("images", value -> image(value.asMap())),
            map.list("links", value -> link(value.asMap())),
            map.string("source", ""),
            map.string("severity", ""),
            map.string("class", ""),
            map.string("component", ""),
            map.string("group", ""));
    map.finish();
    return pagerDuty;
  }

  private static PagerDutyConfig.Image image(YamlMap map) {
    var image =
        new PagerDutyConfig.Image(
            map.string("src", ""), map.string("alt", ""), map.string("href", ""));
    map.finish();
    return image;
  }

  private static PagerDutyConfig.Link link(YamlMap map) {
    var link = new PagerDutyConfig.Link(map.string("href", ""), map.string("text", ""));
    map.finish();
    return link;
  }

  OpsGenieConfig opsGenie(YamlMap map) {
    SecretSource own = secrets.read(map, "api_key");
    SecretSource key = own.isSet() ? own : global.services().opsGenieApiKey();
    if (!key.isSet()) {
      throw map.error("no api_key and no global opsgenie_api_key or opsgenie_api_key_file is set");
    }
    var opsGenie =
        new OpsGenieConfig(
            map.bool("send_resolved", true),
            http.read(map, global.http()),
            key,
            UrlReader.readFolder(map, "api_url", global.services().opsGenieApiUrl()),
            map.string("message", OpsGenieConfig.DEFAULT_MESSAGE),
            map.string("description", OpsGenieConfig.DEFAULT_DESCRIPTION),
            map.string("source", OpsGenieConfig.DEFAULT_SOURCE),
            new TreeMap<>(map.stringMap("details")),
            map.string("entity", ""),
            map.list("responders", value -> responder(value.asMap())),
            map.string("actions", ""),
            map.string("tags", ""),
            map.string("note", ""),
            map.string("priority", ""),
            map.bool("update_alerts", false));
    map.finish();
    return opsGenie;
  }

  private static OpsGenieConfig.Responder responder(YamlMap map) {
    var responder =
        new OpsGenieConfig.Responder(
            map.string("id", ""),
            map.string("name", ""),
            map.string("username", ""),
            map.string("type", ""));
    if (responder.id().isEmpty() && responder.name().isEmpty() && responder.username().isEmpty()) {
      throw map.error("an Opsgenie responder needs at least one of id, name and username");
    }
    String type = responder.type();
    if (!type.contains("{{") && !RESPONDERS.contains(type.toLowerCase(Locale.ROOT))) {
      throw map.error(
          "unknown type "
              + Quoted.of(type)
              + " of an Opsgenie responder, expected team, teams, user, escalation, schedule or a"
              + " template");
    }
    map.finish();
    return responder;
  }
}
