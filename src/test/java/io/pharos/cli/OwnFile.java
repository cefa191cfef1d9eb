package io.pharos.cli;

import io.pharos.access.People;
import io.pharos.access.Tokens;
import io.pharos.alerting.Channels;
import io.pharos.callback.CallbackFile;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.ingest.fleet.FleetFile;
import io.pharos.ingest.login.LoginFile;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.probe.ProbeFile;
import io.pharos.rollout.RolloutPolicy;
import io.pharos.tap.RoutesFile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// A format of Pharos' own, with the strict reader that knows its keys.
enum OwnFile {
  PROBES("probes/*.yml", "probes.md") {
    @Override
    void read(String text) {
      ProbeFile.parse("probes.yml", text, Path.of(""));
    }
  },
  GATES("gates/*.yml", "gates.md") {
    @Override
    void read(String text) {
      GatePolicy.FILES.parse("gate", text);
    }
  },
  ROLLOUTS("deploy/rollouts/*.yml", "rollouts.md") {
    @Override
    void read(String text) {
      RolloutPolicy.FILES.parse("rollout", text);
    }
  },
  PHAROS("notifications/pharos.yml", "pharos-yml.md") {
    @Override
    void read(String text) throws IOException {
      Path folder = Files.createTempDirectory("pharos-yml");
      Path file = folder.resolve("alertmanager.yml");
      Path own = folder.resolve(AlertmanagerConfig.PHAROS_FILE);
      try {
        Files.writeString(file, "route: {receiver: r}\nreceivers: [{name: r}]\n");
        Files.writeString(own, text);
        Channels.load(file);
      } finally {
        for (Path one : List.of(own, file, folder)) {
          Files.deleteIfExists(one);
        }
      }
    }
  },
  CALLBACKS("deploy/callbacks.yml", "callbacks.md") {
    @Override
    void read(String text) {
      CallbackFile.parse("callbacks.yml", text, Path.of(""));
    }
  },
  LOGINS("prometheus/logins.yml", "logins.md") {
    @Override
    void read(String text) {
      LoginFile.parse("logins.yml", text, Path.of(""));
    }
  },
  FLEET("prometheus/fleet.yml", "fleet.md") {
    @Override
    void read(String text) {
      FleetFile.parse("fleet.yml", text, Path.of(""));
    }
  },
  TAP("tap/routes.yml", "tap.md") {
    @Override
    void read(String text) {
      RoutesFile.parse("routes.yml", text);
    }
  },
  PEOPLE("access/people.yml", "people.md") {
    @Override
    void read(String text) {
      People.parse("people.yml", text);
    }
  },
  ON_CALL("notifications/oncall.yml", "oncall-yml.md") {
    @Override
    void read(String text) {
      OnCallFile.parse(
          "oncall.yml",
          text,
          new OnCallFile.Surroundings(Optional.empty(), People.NONE, Instant.EPOCH));
    }
  },
  TOKENS("tokens", "gates.md") {
    @Override
    void read(String text) {
      Tokens.parse("tokens.yml", text);
    }
  };

  /// No key of any format, nor near one.
  private static final String NO_KEY = "qqqqqqqqqqqq";

  private static final Pattern KNOWN =
      Pattern.compile("unknown key \"" + NO_KEY + "\", expected one of ([a-z0-9_, ]+)");

  private final String shown;
  private final String document;

  OwnFile(String shown, String document) {
    this.shown = shown;
    this.document = document;
  }

  /// @throws ConfigException when the text is none of the format
  abstract void read(String text) throws IOException;

  String shown() {
    return shown;
  }

  /// The name of the page in docs/format.
  String document() {
    return document;
  }

  /// A mapping within a file.
  ///
  /// @param name as docs call it; empty for the whole file
  /// @param text a file of the format with `%s` where the mapping has room for one more key
  record Part(OwnFile file, String name, String text) {
    /// The heading over its keys in the page of the format.
    String heading() {
      return switch (file) {
        case PROBES -> name.equals("probes[]") ? "Every probe" : "`" + name + "`";
        case GATES ->
            name.endsWith("_bound")
                ? "`error_bound` and `latency_bound`"
                : name.isEmpty() ? "Gate policies: `gates/*.yml`" : "`" + name + "`";
        case ROLLOUTS -> name.isEmpty() ? "The file" : "`steps`";
        case PHAROS -> name.isEmpty() ? "Top level" : "`" + name + "`";
        case CALLBACKS -> name.isEmpty() ? "The file" : "`" + name + "`";
        case PEOPLE -> name.isEmpty() ? "The file" : "`" + name + "`";
        case ON_CALL -> name.isEmpty() ? "The file" : "`" + name + "`";
        case FLEET -> name.isEmpty() ? "The file" : "`" + name + "`";
        case LOGINS ->
            switch (name) {
              case "" -> "The file";
              case "login" -> "`login` and `refresh`";
              default -> "`" + name + "`";
            };
        case TAP -> "The file";
        case TOKENS ->
            switch (name) {
              case "" -> "";
              case "tokens[]" -> "Access tokens";
              default -> "`" + name + "`";
            };
      };
    }

    /// Whether it is a check of a gate, which has keys of its own and those of all checks.
    boolean isCheck() {
      return file == GATES && text.contains("checks: {" + name + ":");
    }

    /// The keys that the reader knows there, in the alphabet's order, without those that it refuses
    /// as not supported yet.
    List<String> keys() {
      String problems = problems(NO_KEY);
      Matcher known = KNOWN.matcher(problems);
      if (!known.find()) {
        throw new IllegalStateException(file + " " + name + ": " + problems);
      }
      return Arrays.stream(known.group(1).split(", "))
          .filter(key -> !problems(key).contains("is not supported"))
          .toList();
    }

    private String problems(String key) {
      try {
        file.read(text.formatted(key + ": q"));
        return "";
      } catch (ConfigException e) {
        return e.problems().toString();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /// Every mapping of every own format; those of Prometheus' and Alertmanager's own notation inside
  /// them aside.
  static List<Part> parts() {
    String gate = "version: v\nservice: s\nenv: e\n";
    String inProtection =
        "github: [{name: n, repository: a/b, token_file: t, protection: {webhook_secret_file: w, environments: ";
    String inLogin = "logins: [{name: n, token_file: t, username: u, password_file: p, ";
    String inProvider = "version: 1\noidc: {issuer: 'https://h', client_id: c, ";
    String inReceiver = "receivers: [{name: r, ";
    String inPerson = "people: [{name: a, ways: [w], ";
    String inRotation = "people: [{name: a, ways: [w]}]\nrotations: [{name: r, timezone: UTC, ";
    String inLayer = "layers: [{name: l, members: [a], start: 2026-01-05T09:00, handover: daily, ";
    return List.of(
        new Part(PROBES, "", "probes: []\n%s\n"),
        new Part(PROBES, "probes[]", "probes: [{name: p, tcp: {host: h, port: 1}, %s}]\n"),
        new Part(PROBES, "http", "probes: [{name: p, http: {url: 'http://h', %s}}]\n"),
        new Part(
            PROBES,
            "tls_config",
            "probes: [{name: p, http: {url: 'http://h', tls_config: {%s}}}]\n"),
        new Part(
            PROBES,
            "json[]",
            "probes: [{name: p, http: {url: 'http://h', json: [{path: $.a, op: '==', value: b, %s}]}}]\n"),
        new Part(PROBES, "tcp", "probes: [{name: p, tcp: {host: h, port: 1, %s}}]\n"),
        new Part(
            PROBES,
            "steps[]",
            "probes: [{name: p, steps: [{name: s, tcp: {host: h, port: 1}, %s}]}]\n"),
        new Part(PROBES, "udp", "probes: [{name: p, udp: {host: h, port: 1, send: x, %s}}]\n"),
        new Part(PROBES, "grpc", "probes: [{name: p, grpc: {host: h, port: 1, %s}}]\n"),
        new Part(PROBES, "websocket", "probes: [{name: p, websocket: {url: 'ws://h', %s}}]\n"),
        new Part(PROBES, "push", "probes: [{name: p, interval: 1h, push: {%s}}]\n"),
        new Part(PROBES, "icmp", "probes: [{name: p, icmp: {host: h, %s}}]\n"),
        new Part(PROBES, "dns", "probes: [{name: p, dns: {server: h, name: n, %s}}]\n"),
        new Part(PROBES, "tls", "probes: [{name: p, tls: {host: h, %s}}]\n"),
        new Part(PROBES, "ssh", "probes: [{name: p, ssh: {host: h, %s}}]\n"),
        new Part(PROBES, "postgres", "probes: [{name: p, postgres: {host: h, user: u, %s}}]\n"),
        new Part(PROBES, "redis", "probes: [{name: p, redis: {host: h, %s}}]\n"),
        new Part(GATES, "", gate + "%s\n"),
        new Part(GATES, "checks", gate + "checks: {%s}\n"),
        new Part(GATES, "version", gate + "checks: {version: {selector: a, %s}}\n"),
        new Part(GATES, "restarts", gate + "checks: {restarts: {selector: a, %s}}\n"),
        new Part(GATES, "probes", gate + "checks: {probes: {names: n, %s}}\n"),
        new Part(GATES, "alerts", gate + "checks: {alerts: {matchers: ['a=\"b\"'], %s}}\n"),
        new Part(
            GATES,
            "error_bound",
            gate + "checks: {error_bound: {total: a, bad: b, p_max: 0.1, %s}}\n"),
        new Part(
            GATES,
            "latency_bound",
            gate + "checks: {latency_bound: {total: a, bad: b, p_max: 0.1, %s}}\n"),
        new Part(
            GATES,
            "errors_vs_baseline",
            gate
                + "checks: {errors_vs_baseline: {total: 'a{c=\"$color\"}', bad: 'b{c=\"$color\"}', %s}}\n"),
        new Part(
            GATES,
            "answers_vs_baseline",
            gate + "checks: {answers_vs_baseline: {total: 'a{c=\"$color\"}', %s}}\n"),
        new Part(
            GATES,
            "latency_vs_baseline",
            gate + "checks: {latency_vs_baseline: {buckets: 'a{c=\"$color\"}', %s}}\n"),
        new Part(GATES, "paired_probes", gate + "checks: {paired_probes: {probe: a-$color, %s}}\n"),
        new Part(
            GATES,
            "gauges",
            gate + "checks: {gauges: [{id: i, selector: 'a{c=\"$color\"}', %s}]}\n"),
        new Part(GATES, "budget", gate + "checks: {budget: {total: a, bad: b, %s}}\n"),
        new Part(ROLLOUTS, "", "{version: '1', service: s, env: e, strategy: canary, %s}"),
        new Part(
            ROLLOUTS,
            "steps[]",
            "{version: '1', service: s, env: e, strategy: canary, steps: [{weight: 100, %s}]}"),
        new Part(PHAROS, "", "%s\n"),
        new Part(
            PHAROS,
            "inhibit_rules[]",
            "inhibit_rules: [{source_matchers: ['a=\"b\"'], target_matchers: ['a=\"b\"'], outlasts: 1m, %s}]\n"),
        new Part(PHAROS, "receivers[]", inReceiver + "%s}]\n"),
        new Part(PHAROS, "rate_limits", inReceiver + "rate_limits: {messages: 1, %s}}]\n"),
        new Part(
            PHAROS,
            "dingtalk_configs[]",
            inReceiver + "dingtalk_configs: [{webhook_url: 'http://h', %s}]}]\n"),
        new Part(
            PHAROS,
            "dingtalkapp_configs[]",
            inReceiver
                + "dingtalkapp_configs: [{client_id: a, client_secret: s, conversation_id: c,"
                + " card_template_id: t, %s}]}]\n"),
        new Part(
            PHAROS,
            "feishu_configs[]",
            inReceiver + "feishu_configs: [{webhook_url: 'http://h', %s}]}]\n"),
        new Part(
            PHAROS,
            "feishuapp_configs[]",
            inReceiver
                + "feishuapp_configs: [{app_id: cli_1, app_secret: s, chat_id: oc_1, %s}]}]\n"),
        new Part(
            PHAROS,
            "wecom_configs[]",
            inReceiver + "wecom_configs: [{webhook_url: 'http://h', %s}]}]\n"),
        new Part(CALLBACKS, "", "%s\n"),
        new Part(
            CALLBACKS, "grafana[]", "grafana: [{name: n, url: 'http://h', token_file: t, %s}]\n"),
        new Part(
            CALLBACKS, "github[]", "github: [{name: n, repository: a/b, token_file: t, %s}]\n"),
        new Part(
            CALLBACKS,
            "app",
            "github: [{name: n, repository: a/b, app: {id: '1', installation: '1', private_key_file: k, %s}}]\n"),
        new Part(
            CALLBACKS,
            "protection",
            inProtection + "[{environment: e, service: s, env: p}], %s}}]\n"),
        new Part(
            CALLBACKS,
            "environments[]",
            inProtection + "[{environment: e, service: s, env: p, %s}]}}]\n"),
        new Part(CALLBACKS, "gitlab[]", "gitlab: [{name: n, project: a/b, token_file: t, %s}]\n"),
        new Part(LOGINS, "", "%s\n"),
        new Part(LOGINS, "logins[]", inLogin + "login: {url: 'http://h'}, %s}]\n"),
        new Part(LOGINS, "login", inLogin + "login: {url: 'http://h', %s}}]\n"),
        new Part(LOGINS, "answer", inLogin + "login: {url: 'http://h'}, answer: {%s}}]\n"),
        new Part(FLEET, "", "{push: {}, %s}\n"),
        new Part(
            FLEET, "postgresql", "postgresql: {url: 'jdbc:postgresql://h/d', username: u, %s}\n"),
        new Part(FLEET, "redis", "redis: {address: 'h:1', %s}\n"),
        new Part(FLEET, "push", "push: {%s}\n"),
        new Part(TAP, "", "routes: [/a]\n%s\n"),
        new Part(PEOPLE, "", "version: 1\n%s\n"),
        new Part(PEOPLE, "people[]", "version: 1\npeople: [{name: n, %s}]\n"),
        new Part(PEOPLE, "oidc", inProvider + "roles: [{role: viewer, claims: {sub: s}}], %s}\n"),
        new Part(
            PEOPLE, "roles[]", inProvider + "roles: [{role: viewer, claims: {sub: s}, %s}]}\n"),
        new Part(ON_CALL, "", "%s\n"),
        new Part(ON_CALL, "people[]", inPerson + "%s}]\n"),
        new Part(
            ON_CALL,
            "quiet_hours[]",
            inPerson
                + "quiet_hours: [{severities: [info], from: '22:00', until: '07:00', %s}]}]\n"),
        new Part(ON_CALL, "rules", inPerson + "rules: {%s}}]\n"),
        new Part(ON_CALL, "default[]", inPerson + "rules: {default: [{way: w, %s}]}}]\n"),
        new Part(ON_CALL, "rotations[]", inRotation + "%s}]\n"),
        new Part(ON_CALL, "layers[]", inRotation + inLayer + "%s}]}]\n"),
        new Part(
            ON_CALL, "calendar", inRotation + "layers: [{name: m, calendar: {file: f, %s}}]}]\n"),
        new Part(
            ON_CALL,
            "hours[]",
            inRotation + inLayer + "hours: [{from: '09:00', until: '17:00', %s}]}]}]\n"),
        new Part(
            ON_CALL,
            "overrides[]",
            inRotation
                + inLayer
                + "}], overrides: [{person: a, from: 2026-01-05T09:00, until: 2026-01-06T09:00, %s}]}]\n"),
        new Part(ON_CALL, "policies[]", "policies: [{name: p, %s}]\n"),
        new Part(
            ON_CALL,
            "levels[]",
            "people: [{name: a, ways: [w]}]\npolicies: [{name: p, levels: [{people: [a], %s}]}]\n"),
        new Part(TOKENS, "", "%s\n"),
        new Part(
            TOKENS,
            "tokens[]",
            "tokens: [{name: t, sha256: " + "0".repeat(64) + ", scopes: [read], %s}]\n"),
        new Part(
            TOKENS,
            "issuers[]",
            "issuers: [{name: i, issuer: 'https://h', jwks: 'https://h', audience: a, allow: [{name:"
                + " r, claims: {sub: s}, services: [s], envs: [e], scopes: [gate:read]}], %s}]\n"),
        new Part(
            TOKENS,
            "allow[]",
            "issuers: [{name: i, issuer: 'https://h', jwks: 'https://h', audience: a, allow: [{name:"
                + " r, claims: {sub: s}, services: [s], envs: [e], scopes: [gate:read], %s}]}]\n"));
  }
}
