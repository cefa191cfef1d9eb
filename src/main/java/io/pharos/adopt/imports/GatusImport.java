package io.pharos.adopt.imports;

import static io.pharos.adopt.imports.ForeignYaml.isTrue;
import static io.pharos.adopt.imports.ForeignYaml.put;
import static io.pharos.adopt.imports.ForeignYaml.text;
import static io.pharos.adopt.imports.ForeignYaml.texts;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/// Converts the endpoints of Gatus' configuration.
public final class GatusImport {
  private static final Set<String> KNOWN_KEYS =
      Set.of(
          "name",
          "group",
          "url",
          "method",
          "headers",
          "body",
          "interval",
          "conditions",
          "client",
          "dns",
          "ssh",
          "enabled",
          "alerts",
          "ui",
          "extra-labels");

  private final Imports imports = new Imports();

  private GatusImport() {}

  /// Converts the endpoints.
  ///
  /// @throws ConfigException when the text is not YAML
  public static Imports of(String name, String text) {
    var run = new GatusImport();
    JsonNode file = ForeignYaml.parse(name, text);
    for (JsonNode endpoint : file.path("endpoints")) {
      run.endpoint(endpoint);
    }
    for (String part : List.of("external-endpoints", "suites", "alerting", "maintenance")) {
      if (file.has(part)) {
        run.imports.lost(part, "not converted: probes have no equivalent");
      }
    }
    return run.imports;
  }

  private void endpoint(JsonNode endpoint) {
    String group = text(endpoint, "group");
    String name = (group.isEmpty() ? "" : group + "/") + text(endpoint, "name");
    imports.lostOthers(name, endpoint, KNOWN_KEYS);
    String url = text(endpoint, "url");
    ObjectNode probe = ForeignYaml.record();
    if (!group.isEmpty()) {
      probe.set("labels", ForeignYaml.record().put("group", group));
    }
    String interval = text(endpoint, "interval");
    probe.put("interval", interval.isEmpty() ? "60s" : interval);
    put(probe, "timeout", text(endpoint.path("client"), "timeout"));
    if (text(endpoint, "enabled").equals("false")) {
      probe.put("enabled", false);
    }
    String type = check(endpoint, url, name, probe);
    if (type.isEmpty()) {
      imports.lost(name, "skipped: no type of probe fits the URL " + url);
      return;
    }
    conditions(endpoint, name, type, probe);
    thresholds(endpoint, name, probe);
    imports.add(name, probe);
  }

  private String check(JsonNode endpoint, String url, String name, ObjectNode probe) {
    JsonNode client = endpoint.path("client");
    ObjectNode check = ForeignYaml.record();
    String scheme = url.contains("://") ? url.substring(0, url.indexOf("://")) : "";
    String type;
    if (endpoint.has("dns")) {
      type = "dns";
      Address.parse(url).into(check, "server");
      check.put("name", text(endpoint.path("dns"), "query-name"));
      check.put("type", text(endpoint.path("dns"), "query-type"));
    } else {
      type =
          switch (scheme) {
            case "http", "https" -> "http";
            case "tcp", "udp", "tls", "ssh", "icmp", "grpc" -> scheme;
            case "ws", "wss" -> "websocket";
            default -> "";
          };
      switch (type) {
        case "" -> {}
        case "http" -> http(endpoint, url, check);
        case "websocket" -> {
          check.put("url", url);
          put(check, "send", text(endpoint, "body"));
        }
        case "icmp" -> check.put("host", Address.parse(url).host());
        case "udp" -> {
          Address.parse(url).into(check);
          check.put("send", text(endpoint, "body"));
        }
        default -> Address.parse(url).into(check);
      }
    }
    if (isTrue(client, "insecure") && (type.equals("http") || type.equals("tls"))) {
      check.set("tls_config", ForeignYaml.record().put("insecure_skip_verify", true));
    }
    for (String part :
        List.of("oauth2", "identity-aware-proxy", "proxy-url", "tls", "tunnel", "dns-resolver")) {
      if (client.has(part)) {
        imports.lost(name, "client." + part + " not converted");
      }
    }
    if (endpoint.has("ssh") && endpoint.path("ssh").has("username")) {
      imports.lost(name, "ssh: the probe checks the banner only and does not log in");
    }
    if (!type.isEmpty()) {
      probe.set(type, check);
    }
    return type;
  }

  private static void http(JsonNode endpoint, String url, ObjectNode check) {
    check.put("url", url);
    put(check, "method", text(endpoint, "method"));
    if (endpoint.path("headers").isObject()) {
      check.set("headers", endpoint.path("headers"));
    }
    put(check, "body", text(endpoint, "body"));
    if (isTrue(endpoint.path("client"), "ignore-redirect")) {
      check.put("follow_redirects", false);
    }
  }

  private void conditions(JsonNode endpoint, String name, String type, ObjectNode probe) {
    var expressions = new ArrayList<String>();
    for (String condition : texts(endpoint, "conditions")) {
      var expression = GatusConditions.expression(condition, type);
      if (expression.isEmpty()) {
        imports.lost(name, "condition " + condition + " not converted");
      } else if (!expression.get().equals("true")) {
        expressions.add(expression.get());
      }
    }
    if (type.equals("http") && expressions.stream().noneMatch(it -> it.startsWith("status"))) {
      expressions.addFirst("status > 0"); // accepts any status, as Gatus does by default
    }
    put(probe, "expect", String.join(" && ", expressions));
  }

  private void thresholds(JsonNode endpoint, String name, ObjectNode probe) {
    JsonNode alerts = endpoint.path("alerts");
    if (alerts.isEmpty()) {
      return;
    }
    String down = text(alerts.get(0), "failure-threshold");
    String up = text(alerts.get(0), "success-threshold");
    probe.put("down_after", down.isEmpty() ? "3" : down);
    probe.put("up_after", up.isEmpty() ? "2" : up);
    if (alerts.size() > 1) {
      imports.lost(name, "only the thresholds of its first alert are converted");
    }
  }
}
