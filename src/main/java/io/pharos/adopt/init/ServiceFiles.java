package io.pharos.adopt.init;

import static java.util.Objects.requireNonNull;
import static java.util.stream.Collectors.joining;

import io.pharos.adopt.init.NewService.Access;
import io.pharos.adopt.init.NewService.Receivers;
import io.pharos.adopt.init.NewService.Serving;
import io.pharos.adopt.init.RequestMetrics.Durations;
import io.pharos.adopt.init.RequestMetrics.Failure;
import io.pharos.adopt.init.RequestMetrics.Requests;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Quoted;
import io.quarkus.qute.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/// Renders the files of a service from Qute templates in the folder of this class.
/* Absent values are empty texts, which Qute's conditions treat as false. */
final class ServiceFiles {
  /// The share of failed or slow requests that raises an alert.
  static final double LIMIT = 0.05;

  private static final Engine ENGINE = Engine.builder().addDefaults().build();

  /// Properties of the metrics page on which the scrape job and the gate depend.
  ///
  /// @param namesItsFormat whether the content type of the page names the page's format
  /// @param exposesUp whether the page has a metric named `up`, a name that is reserved for the
  ///   scraper
  /// @param buildInfo the metric whose label `version` is the running version
  /// @param exposesStart whether the page has the start time of the process
  /// @param watched rules about metrics of common programs on the page
  record PageTraits(
      boolean namesItsFormat,
      boolean exposesUp,
      Optional<String> buildInfo,
      boolean exposesStart,
      WatchedMetrics watched) {
    /// The properties that are assumed before the page is fetched.
    static final PageTraits PLAIN =
        new PageTraits(true, false, Optional.empty(), false, WatchedMetrics.NONE);

    /// Metrics about the build of a library or a language. Their label `version` is not the version
    /// of the service.
    private static final Set<String> FOREIGN_BUILDS =
        Set.of("go_build_info", "jvm_build_info", "prometheus_build_info", "promhttp_build_info");

    static PageTraits of(PageSurvey page, boolean namesItsFormat) {
      return new PageTraits(
          namesItsFormat,
          page.metric("up").isPresent(),
          page.names().stream()
              .filter(name -> name.endsWith("build_info") && !FOREIGN_BUILDS.contains(name))
              .filter(name -> page.metric(name).filter(it -> it.has("version")).isPresent())
              .findFirst(),
          page.metric("process_start_time_seconds").isPresent(),
          WatchedMetrics.of(page));
    }
  }

  private final NewService service;
  private final String job;
  private final Map<String, Object> values = new HashMap<>();

  /// @param answerCode the field by which the probe's answer says whether the request succeeded
  ServiceFiles(
      NewService service,
      RequestMetrics found,
      PageTraits traits,
      Optional<AnswerCode> answerCode) {
    this.service = service;
    this.job = service.job();
    URI metrics = service.metrics();
    values.put("job", job);
    values.put("packInhibitions", "");
    values.put("exporter", "");
    values.put("uid", ServiceDashboard.uid(job));
    values.put("address", service.address());
    values.put("metricsUrl", metrics.toString());
    values.put("metricsPath", quote(service.metricsPath()));
    values.put("https", metrics.getScheme().equals("https"));
    values.put("parameters", parameters(metrics));
    Serving serving = service.serving();
    values.put("quotedAddress", quote(service.address()));
    values.put("listenAddress", serving.listenAddress());
    values.put("url", serving.url());
    values.put("quotedListenAddress", quote(serving.url().substring("http://".length())));
    values.put("externalUrl", serving.externalUrl().orElse(""));
    values.put("language", serving.language());
    values.put("tested", serving.tested());
    probe(service.probe());
    answer(answerCode);
    access(service.access());
    receivers(service.receivers());
    traits(traits);
    requests(found.requests());
    durations(found.durations());
    values.put("inhibited", inhibited("Errors", "Slow", "ProbeFailing", "NoTraffic", "NoData"));
    values.put(
        "inhibitedByErrors",
        found.requests().flatMap(it -> it.failed(job)).isPresent()
            ? inhibited("Slow", "ProbeFailing")
            : "");
  }

  /* The alerts of these names that the rules have, as alternatives of a regular expression. */
  private String inhibited(String... alerts) {
    String rules = rules();
    return Stream.of(alerts)
        .map(alert -> "Service" + alert)
        .filter(alert -> rules.contains("alert: " + alert + "\n"))
        .collect(joining("|"));
  }

  /// Uses the dashboard and the inhibitions of an exporter's pack.
  void use(Exporter.Pack pack, String inhibitions) {
    values.put("exporter", pack.exporter());
    values.put("uid", pack.dashboard());
    values.put("packInhibitions", inhibitions);
  }

  private void probe(Optional<URI> url) {
    boolean tls = url.filter(it -> it.getScheme().equals("https")).isPresent();
    values.put("probed", url.isPresent());
    values.put("probedByTls", tls);
    values.put("probeUrl", url.map(URI::toString).orElse(""));
    values.put("quotedProbeUrl", url.map(it -> quote(it.toString())).orElse(""));
    values.put("probeCaFile", tls ? file("probes", service.access().caFile()) : "");
    values.put(
        "probeSeries", "probe_success{job=\"probe\",instance=\"outside\",probe=\"" + job + "\"}");
    values.put("downTimes", List.of("6m", "15m"));
  }

  private void answer(Optional<AnswerCode> code) {
    Optional<AnswerCode> envelope = code.filter(AnswerCode::isEnvelope);
    Optional<AnswerCode> other = code.filter(it -> !it.isEnvelope());
    values.put("trial", "");
    values.put("envelope", envelope.map(AnswerCode::value).orElse(""));
    values.put("goodField", other.map(AnswerCode::field).orElse(""));
    values.put("quotedGoodValue", other.map(it -> quote(it.value())).orElse(""));
  }

  /// Returns the probe file that also reads the answer's [AnswerCode].
  String trialProbe() {
    return render("probe.yml", Map.of("trial", AnswerCode.INFO));
  }

  private void access(Access access) {
    values.put("tokenFile", file("prometheus", access.tokenFile()));
    values.put("username", quote(access.username().orElse("")));
    values.put("passwordFile", file("prometheus", access.passwordFile()));
    values.put("caFile", file("prometheus", access.caFile()));
  }

  private void receivers(Receivers receivers) {
    String first = receivers.mail().orElse("").split(",", 2)[0].strip();
    String host = first.substring(first.indexOf('@') + 1).replaceAll("[>\"].*", "");
    values.put("mail", receivers.mail().map(ServiceFiles::quote).orElse(""));
    values.put("smtp", quote(receivers.smtp()));
    values.put("smtpFrom", quote(receivers.from().orElse("pharos@" + host)));
    values.put("smtpUsername", quote(receivers.smtpUsername().orElse("")));
    values.put("smtpPasswordFile", file("notifications", receivers.smtpPasswordFile()));
    values.put("localSmtp", receivers.smtp().matches("(localhost|127\\..*|\\[::1\\]):\\d+"));
    values.put("slackWebhookFile", file("notifications", receivers.slackWebhookFile()));
  }

  private void traits(PageTraits traits) {
    String ofJob = "{job=\"" + job + "\"}";
    values.put("unnamedFormat", !traits.namesItsFormat());
    values.put("exposesUp", traits.exposesUp());
    String watched = String.join("\n", traits.watched().rules()).stripTrailing();
    values.put("watched", ENGINE.parse(watched).render(values));
    values.put("watchedRunbook", traits.watched().runbook().stripTrailing());
    values.put("versionSelector", traits.buildInfo().map(it -> quote(it + ofJob)).orElse(""));
    values.put(
        "startSelector", traits.exposesStart() ? quote("process_start_time_seconds" + ofJob) : "");
  }

  private void requests(Optional<Requests> found) {
    values.put("requests", found.isPresent());
    values.put("failed", found.flatMap(it -> it.failed(job)).orElse(""));
    found.ifPresent(
        requests -> {
          String all = requests.all(job);
          values.put("all", all);
          values.put("quotedAll", quote(all));
          values.put("requestsGraph", graph("requests", "sum by (job) (rate(" + all + "[5m]))"));
          values.put(
              "goodSeries",
              series(requests.metric(), requests.failure().map(Failure::good).orElse("")));
          requests.failure().ifPresent(failure -> failures(requests, failure));
        });
  }

  private void failures(Requests requests, Failure failure) {
    String failed = requests.failed(job).orElseThrow();
    boolean isSeparate = !failure.metric().equals(requests.metric());
    String by =
        Stream.of(Optional.of(failure.label()), isSeparate ? Optional.of("") : requests.route())
            .flatMap(Optional::stream)
            .filter(label -> !label.isEmpty())
            .collect(joining(", "));
    values.put("quotedFailed", quote(failed));
    values.put(
        "failedGraph",
        graph(
            "which requests fail",
            "sum by (" + (by.isEmpty() ? "job" : by) + ") (rate(" + failed + "[2m]))"));
    values.put("badSeries", series(failure.metric(), failure.bad()));
    // The counter of all requests also counts those that a second counter counts as failed.
    values.put("goodCounts", isSeparate ? "0+10x150" : "0+10x30 308+8x29 550+10x90");
  }

  private String series(String metric, String labels) {
    return "%s{job=\"%s\",instance=\"one\"%s}"
        .formatted(metric, job, labels.isEmpty() ? "" : "," + labels);
  }

  private void durations(Optional<Durations> found) {
    values.put("durations", found.isPresent());
    found.ifPresent(
        durations -> {
          String buckets = durations.buckets(job);
          values.put("limit", RequestMetrics.plain(durations.slowSeconds()));
          values.put("quotedBuckets", quote(buckets));
          values.put("count", durations.count(job));
          values.put("quotedCount", quote(durations.count(job)));
          values.put("fast", durations.fast(job));
          values.put("quotedFast", quote(durations.fast(job)));
          values.put("histogram", durations.metric());
          values.put("slow", RequestMetrics.plain(durations.slow()));
          String slow =
              "1 - sum by (job) (rate(%s[2m])) / sum by (job) (rate(%s[2m]))"
                  .formatted(durations.fast(job), durations.count(job));
          values.put("slowGraph", graph("the share of slow requests", slow));
        });
  }

  /// Returns the item of `scrape_configs`, indented by two spaces.
  String scrapeJob() {
    return of("scrape-job.yml");
  }

  /// Returns a whole `prometheus.yml`.
  String prometheus() {
    return render("prometheus.yml", Map.of("scrapeJob", scrapeJob().stripTrailing()));
  }

  /// Returns a whole `alertmanager.yml`.
  String alertmanager() {
    return render("alertmanager.yml", Map.of("inhibitions", inhibitions().stripTrailing()));
  }

  /// Returns the items of `inhibit_rules`, indented by two spaces.
  String inhibitions() {
    return of("inhibitions.yml");
  }

  /// Returns the file of alert rules.
  /* Reasons for the numbers: A critical alert needs evidence. So at least five requests must have
   * failed, and a single failed request at night wakes nobody. The ratio must be too high over two
   * minutes and also over the last minute, so that no alert starts after the errors have ended. By
   * keep_firing_for, a cause fires longer than the consequences that it inhibits: ServiceErrors by
   * 2m, the other rules by 1m. */
  String rules() {
    return of("rules.yml");
  }

  /// Renders a template without additional values.
  String of(String template) {
    return render(template, Map.of());
  }

  private String render(String template, Map<String, Object> additional) {
    var all = new HashMap<>(values);
    all.putAll(additional);
    return translated(ENGINE.parse(resource(template)).render(all));
  }

  /// Returns a file of rules or tests, without the annotations in Chinese unless they are wanted.
  String translated(String text) {
    return service.serving().language().equals("zh")
        ? text
        : text.replaceAll("(?m)^ +\\w+_zh: .*\\n", "");
  }

  /// Returns the shipped rules about Pharos without links to dashboards, which are not copied, and
  /// without PharosDown: a Pharos that is down evaluates no rules.
  String ownRules(String shipped) {
    var all = YamlParts.of(shipped, "groups");
    return translated(
        all.without(
            all.rules()
                .flatMap(
                    rule ->
                        rule.string("alert", "").equals("PharosDown")
                            ? Stream.of(rule.line())
                            : rule.get("annotations").map(YamlValue::asMap).stream()
                                .filter(texts -> texts.has("dashboard_url"))
                                .map(texts -> texts.line("dashboard_url")))));
  }

  /// Returns rules with the groups of a shipped file at their end.
  static String withGroups(String rules, String shipped) {
    String start = "\ngroups:\n";
    return rules.stripTrailing()
        + "\n\n  # Shipped with Pharos, as are the runbooks of these alerts.\n"
        + shipped.substring(shipped.indexOf(start) + start.length());
  }

  /// Reads a text file from the folder of this class.
  static String resource(String name) {
    try (var in = ServiceFiles.class.getResourceAsStream(name)) {
      return new String(
          requireNonNull(in, () -> "no resource " + name).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException("the resource " + name + " is unreadable", e);
    }
  }

  private String file(String folder, Optional<Path> file) {
    return file.map(it -> quote(service.seenFrom(folder, it))).orElse("");
  }

  private static String graph(String words, String expression) {
    String encoded = URLEncoder.encode(expression, StandardCharsets.UTF_8).replace("+", "%20");
    return "[" + words + "](../graph?g0.expr=" + encoded + "&g0.tab=0&g0.range_input=1h)";
  }

  /// Returns a text as a quoted YAML string.
  static String quote(String text) {
    if (text.chars().anyMatch(c -> c < ' ')) {
      throw new IllegalArgumentException(
          "expected no control characters, found " + Quoted.of(text));
    }
    return "'" + text.replace("'", "''") + "'";
  }

  /// Returns the query parameters of a URL as entries of `params`.
  private static List<String> parameters(URI url) {
    var parameters = new LinkedHashMap<String, List<String>>();
    String query = url.getRawQuery();
    for (String pair : query == null || query.isEmpty() ? new String[0] : query.split("&")) {
      int equals = pair.indexOf('=');
      String name = equals < 0 ? pair : pair.substring(0, equals);
      String value = equals < 0 ? "" : pair.substring(equals + 1);
      parameters.computeIfAbsent(decode(name), _ -> new ArrayList<>()).add(quote(decode(value)));
    }
    return parameters.entrySet().stream()
        .map(it -> quote(it.getKey()) + ": [" + String.join(", ", it.getValue()) + "]")
        .toList();
  }

  private static String decode(String text) {
    return URLDecoder.decode(text, StandardCharsets.UTF_8);
  }
}
