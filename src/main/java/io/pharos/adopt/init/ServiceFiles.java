package io.pharos.adopt.init;

import io.pharos.adopt.init.NewService.Access;
import io.pharos.adopt.init.NewService.Receivers;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/// The configuration files of a service as texts: scrape job, target, probe, receivers, gate.
final class ServiceFiles {
  private final NewService service;
  private final RequestMetrics found;
  private final PageTraits traits;

  /// What of the page the scrape job and the gate must know.
  ///
  /// @param namesItsFormat whether its content type says which format it has
  /// @param exposesUp whether it has a metric `up`, which belongs to the scraper
  /// @param buildInfo the metric whose label `version` says what runs
  /// @param exposesStart whether it says when the process started
  record PageTraits(
      boolean namesItsFormat, boolean exposesUp, Optional<String> buildInfo, boolean exposesStart) {
    /// What is taken for granted before a page was seen.
    static final PageTraits PLAIN = new PageTraits(true, false, Optional.empty(), false);

    /* The build of a library or of the language is not that of the service. */
    private static final Set<String> NOT_ITS_OWN =
        Set.of("go_build_info", "jvm_build_info", "prometheus_build_info", "promhttp_build_info");

    static PageTraits of(PageSurvey page, boolean namesItsFormat) {
      return new PageTraits(
          namesItsFormat,
          page.metric("up").isPresent(),
          page.names().stream()
              .filter(name -> name.endsWith("build_info") && !NOT_ITS_OWN.contains(name))
              .filter(name -> page.metric(name).filter(it -> it.has("version")).isPresent())
              .findFirst(),
          page.metric("process_start_time_seconds").isPresent());
    }
  }

  ServiceFiles(NewService service, RequestMetrics found, PageTraits traits) {
    this.service = service;
    this.found = found;
    this.traits = traits;
  }

  /// The item of `scrape_configs`, indented by two.
  String scrapeJob() {
    var text = new ArrayList<String>();
    text.add("  # " + service.job() + ", as pharos init found it. Its addresses stand in");
    text.add("  # targets/" + service.job() + ".json, which is read again while Pharos runs.");
    text.add("  - job_name: " + service.job());
    text.add("    scrape_interval: 10s");
    text.add("    scrape_timeout: 5s");
    text.add("    metrics_path: " + quote(service.metricsPath()));
    if (service.metrics().getScheme().equals("https")) {
      text.add("    scheme: https");
    }
    Map<String, List<String>> parameters = parameters(service.metrics());
    if (!parameters.isEmpty()) {
      text.add("    params:");
      parameters.forEach(
          (name, values) ->
              text.add(
                  "      "
                      + quote(name)
                      + ": ["
                      + String.join(", ", values.stream().map(ServiceFiles::quote).toList())
                      + "]"));
    }
    access(service.access(), text);
    if (!traits.namesItsFormat()) {
      text.add("    # Its Content-Type names none of the formats.");
      text.add("    fallback_scrape_protocol: PrometheusText0.0.4");
    }
    text.add("    body_size_limit: 32MB");
    text.add("    file_sd_configs:");
    text.add("      - files: ['targets/" + service.job() + ".json']");
    text.add("        refresh_interval: 5s");
    if (traits.exposesUp()) {
      text.add("    # The page has an \"up\" of its own; that name belongs to the scraper.");
      text.add("    metric_relabel_configs:");
      text.add("      - {source_labels: [__name__], regex: up, action: drop}");
    }
    return String.join("\n", text) + "\n";
  }

  private void access(Access access, List<String> text) {
    access
        .tokenFile()
        .ifPresent(
            file -> {
              text.add("    authorization:");
              text.add("      credentials_file: " + quote(service.seenFrom("prometheus", file)));
            });
    access
        .passwordFile()
        .ifPresent(
            file -> {
              text.add("    basic_auth:");
              text.add("      username: " + quote(access.username().orElse("")));
              text.add("      password_file: " + quote(service.seenFrom("prometheus", file)));
            });
    access
        .caFile()
        .ifPresent(
            file -> {
              text.add("    tls_config:");
              text.add("      ca_file: " + quote(service.seenFrom("prometheus", file)));
            });
  }

  /// A whole `prometheus.yml`, for where there is none.
  String prometheus() {
    return """
    # What Pharos scrapes; a Prometheus can read the same file. Paths are relative to it.
    global:
      scrape_interval: 10s
      scrape_timeout: 5s
      evaluation_interval: 10s

    rule_files:
      - ../alert-rules/*.yml

    scrape_configs:
      # Pharos itself; the address is that of pharos serve --web.listen-address.
      - job_name: pharos
        static_configs:
          - targets: [%s]
            labels: {service: pharos}

    """
            .formatted(quote(service.listenAddress()))
        + scrapeJob();
  }

  /// The service's addresses (file_sd).
  String target() {
    return """
    [
      {
        "targets": ["%s"],
        "labels": {"service": "%s"}
      }
    ]
    """
        .formatted(service.address(), service.job());
  }

  /// The probe.
  String probe(URI url) {
    String tls =
        service
            .access()
            .caFile()
            .filter(_ -> url.getScheme().equals("https"))
            .map(
                file ->
                    "      tls_config: {ca_file: "
                        + quote(service.seenFrom("probes", file))
                        + "}\n")
            .orElse("");
    return """
    # What %1$s must answer, seen from outside: 2xx, unless expected_status says otherwise.
    probes:
      - name: %1$s
        labels: {service: %1$s}
        interval: 15s
        timeout: 5s
        http:
          url: %2$s
    """
            .formatted(service.job(), quote(url.toString()))
        + tls;
  }

  /// A whole `alertmanager.yml`, for where there is none.
  String alertmanager() {
    Receivers who = service.receivers();
    var text = new StringBuilder();
    text.append("# Who is told of what, and how: Alertmanager's own format.\nglobal:\n");
    text.append("  resolve_timeout: 5m\n");
    who.mail().ifPresent(mail -> mailServer(who, mail, text));
    text.append(
        """

        route:
          receiver: on-call
          group_by: [alertname, service]
          group_wait: 10s
          group_interval: 1m
          repeat_interval: 4h
          routes:
            # Shown in the alert list only. The Watchdog fires always.
            - receiver: nobody
              matchers: [severity="info"]
            - receiver: on-call
              matchers: [severity="critical"]
              group_wait: 5s
              group_interval: 30s
              repeat_interval: 1h

        inhibit_rules:
        """);
    text.append(inhibitions()).append("\nreceivers:\n  - name: on-call\n");
    who.mail()
        .ifPresent(
            mail ->
                text.append("    email_configs:\n      - to: ")
                    .append(quote(mail))
                    .append("\n        send_resolved: true\n"));
    who.slackWebhookFile()
        .ifPresent(
            file ->
                text.append("    slack_configs:\n      - api_url_file: ")
                    .append(quote(service.seenFrom("notifications", file)))
                    .append("\n        send_resolved: true\n"));
    return text.append("  - name: nobody\n").toString();
  }

  private void mailServer(Receivers who, String mail, StringBuilder text) {
    String first = mail.split(",", 2)[0].strip();
    String host = first.substring(first.indexOf('@') + 1).replaceAll("[>\"].*", "");
    text.append("  smtp_smarthost: ").append(quote(who.smtp())).append('\n');
    text.append("  smtp_from: ").append(quote(who.from().orElse("pharos@" + host))).append('\n');
    who.smtpPasswordFile()
        .ifPresent(
            file ->
                text.append("  smtp_auth_username: ")
                    .append(quote(who.smtpUsername().orElse("")))
                    .append("\n  smtp_auth_password_file: ")
                    .append(quote(service.seenFrom("notifications", file)))
                    .append('\n'));
    if (who.smtp().matches("(localhost|127\\..*|\\[::1\\]):\\d+")) {
      text.append("  # The mail server is this host itself.\n  smtp_require_tls: false\n");
    }
  }

  /// The items of `inhibit_rules`, indented by two.
  String inhibitions() {
    return """
      # One cause, one page: what is down has no errors, no latency and no traffic of its own.
      - source_matchers: [alertname="ServiceDown"]
        target_matchers: [alertname=~"Service(Errors|Slow|ProbeFailing|NoTraffic|NoData)"]
        equal: [service]
      # What fails is often slow too, and its probe may fail with it.
      - source_matchers: [alertname="ServiceErrors"]
        target_matchers: [alertname=~"Service(Slow|ProbeFailing)"]
        equal: [service]
    """;
  }

  /// An empty `pharos.yml`.
  String pharosFile() {
    return """
    # What Alertmanager has no word for: DingTalk and other robots, languages, time zones,
    # fallbacks, rate limits. Each receiver here adds to the one of the same name in
    # alertmanager.yml.
    # language: zh              # of messages: en or zh; also within a receiver
    # timezone: Asia/Shanghai   # of the times in them; also within a receiver
    receivers: []
    """;
  }

  /// What a release must show before it may go on.
  String gate() {
    var text = new StringBuilder();
    text.append(
        """
        # What a release of %1$s must show: pharos gate --service=%1$s --env=production --version=…
        # It judges the service as a whole, so it fits a release that replaces the old one in place.
        version: "1"
        service: %1$s
        env: [production]
        checks:
        """
            .formatted(service.job()));
    String ofJob = "{job=\"" + service.job() + "\"}";
    traits
        .buildInfo()
        .ifPresentOrElse(
            metric ->
                text.append("  version:\n    selector: ")
                    .append(quote(metric + ofJob))
                    .append("\n"),
            () ->
                text.append(
                    """
                      # Nothing on the page says which version runs, so no verdict can prove it.
                      version: none
                    """));
    if (traits.exposesStart()) {
      text.append("  restarts:\n    selector: ")
          .append(quote("process_start_time_seconds" + ofJob))
          .append("\n");
    }
    if (service.probe().isPresent()) {
      text.append("  probes:\n    names: [").append(service.job()).append("]\n");
    }
    text.append("  alerts:\n    matchers: ['service=\"").append(service.job()).append("\"']\n");
    found
        .requests()
        .ifPresent(
            requests ->
                requests
                    .failed(service.job())
                    .ifPresent(
                        failed -> {
                          text.append("  error_bound:\n    total: ");
                          text.append(quote(requests.all(service.job())));
                          text.append("\n    bad: ").append(quote(failed));
                          text.append("\n    p_max: 0.05\n");
                        }));
    found
        .durations()
        .ifPresent(
            durations -> {
              text.append("  latency_bound:\n    total: ");
              text.append(quote(durations.count(service.job())));
              text.append("\n    good: ").append(quote(durations.fast(service.job())));
              text.append("\n    p_max: 0.05\n");
            });
    return text.toString();
  }

  /// A YAML string that nothing in it can end.
  static String quote(String text) {
    if (text.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException("a control character in " + text.strip());
    }
    return "'" + text.replace("'", "''") + "'";
  }

  private static Map<String, List<String>> parameters(URI url) {
    var parameters = new LinkedHashMap<String, List<String>>();
    String query = url.getRawQuery();
    if (query != null && !query.isEmpty()) {
      for (String pair : query.split("&")) {
        int equals = pair.indexOf('=');
        String name = equals < 0 ? pair : pair.substring(0, equals);
        String value = equals < 0 ? "" : pair.substring(equals + 1);
        parameters.computeIfAbsent(decode(name), _ -> new ArrayList<>()).add(decode(value));
      }
    }
    return parameters;
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
