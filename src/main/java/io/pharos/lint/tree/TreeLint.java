package io.pharos.lint.tree;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.PrometheusGlobalConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.AlertSeverity;
import io.pharos.lint.Finding;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedFile;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.ScrapeJobs;
import io.pharos.lint.VersionedFolders;
import io.pharos.lint.rule.ParsedFileCache;
import io.pharos.lint.rule.RuleLint;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.RuleSpec;
import io.pharos.template.RuleTemplate;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Checks the versioned files other than rule files, and the references between all files.
public final class TreeLint {
  private static final Pattern DASHBOARD = Pattern.compile("^/d/([A-Za-z0-9_-]+)");

  private static final Pattern METRIC = Pattern.compile("[a-zA-Z_]\\w*+(?!:)");

  /* The second line has labels of Pharos' own metrics. */
  private static final String[] KNOWN_LABELS =
      ("alertname severity instance __name__ quantile exported_job exported_instance exported_service alertstate"
              + " mode service environment"
              + " outcome phase probe receiver integration rollout login rule_group reason")
          .split(" ");

  private final TreeContext tree;
  private final ParserOptions language;
  private final ParsedFileCache readings;
  private final Findings findings = new Findings();
  private final Vocabulary words = new Vocabulary();
  private final References jobs = new References("job");
  private final References probes = new References("probe");
  private final References alerts = new References("alert");
  private final References dashboards = new References("dashboard");
  private final List<RuleSpec.Alerting> alerting = new ArrayList<>();
  private final Set<String> reported = new TreeSet<>();

  /// @param language enabled parts of PromQL
  /// @param readings cache of parsed files
  public TreeLint(TreeContext tree, ParserOptions language, ParsedFileCache readings) {
    this.tree = tree;
    this.language = language;
    this.readings = readings;
    words.know("label", KNOWN_LABELS);
  }

  /// Runs the checks and returns all findings.
  public List<Finding> check() {
    Duration interval =
        tree.prometheus()
            .map(PrometheusConfig::global)
            .orElse(PrometheusGlobalConfig.DEFAULT)
            .evaluationInterval();
    for (RuleLint.Source source : tree.rules()) {
      rules(readings.linted(source, language, interval), source);
    }
    var targets = new TargetLint(words, findings);
    tree.prometheus()
        .ifPresent(
            _ ->
                new ScrapeLint(tree, words, jobs, targets, findings)
                    .check(readings.yaml(tree.prometheusFile())));
    tree.targets().forEach(file -> targets(targets, file));
    tree.notifications().ifPresentOrElse(this::notifications, this::noRecipients);
    var gates = new GateLint(words, probes, jobs, alerts, AlertSeverity.known(alerting), findings);
    tree.probes().forEach(gates::probes);
    tree.gates().forEach(gates::gate);
    tree.objectives().forEach(gates::objective);
    tree.tests().forEach(this::test);
    grafana();
    Optional<ScrapeJobs> scraped =
        tree.prometheus().map(config -> new ScrapeJobs(config, Set.of()));
    if (scraped.filter(ScrapeJobs::isComplete).isPresent()) {
      scraped.get().names().forEach(name -> jobs.define(name, "", 0));
      reported.addAll(jobs.report(findings));
    }
    if (tree.probesComplete()) {
      probes.report(findings);
    }
    if (tree.complete()) {
      alerts.report(findings);
    }
    reported.addAll(words.typos(findings));
    quotes();
    return findings.list();
  }

  /* Reports texts from whose beginning a quote was lost: the quote at their end is part of them. */
  private void quotes() {
    tree.rules()
        .forEach(source -> readings.value(source.name(), source.text()).ifPresent(this::quotes));
    Path pharosFile = tree.notificationsFile().resolveSibling(AlertmanagerConfig.PHAROS_FILE);
    Stream.of(
            tree.prometheus().stream().map(_ -> tree.prometheusFile()),
            tree.notifications().stream()
                .flatMap(_ -> Stream.of(tree.notificationsFile(), pharosFile)),
            tree.tests().stream(),
            tree.probes().stream(),
            tree.gates().stream(),
            tree.objectives().stream())
        .flatMap(files -> files)
        .filter(Files::exists)
        .forEach(
            file -> readings.value(file.toString(), YamlFile.text(file)).ifPresent(this::quotes));
  }

  private void quotes(YamlValue value) {
    if (value.isMap()) {
      YamlMap map = value.asMap();
      map.keys().forEach(key -> map.get(key).ifPresent(this::quotes));
    } else if (value.isList()) {
      value.asList().forEach(this::quotes);
    } else if (value.endsWithLoneQuote()) {
      findings.warn(
          LintCheck.YAML_PARSE,
          value,
          "the text ends with a quote and begins without one: put quotes around it, or leave out the one");
    }
  }

  /// Returns the jobs and labels that [#check] reported as misspelt, so that other checks need not
  /// report them again.
  public Set<String> reported() {
    return Set.copyOf(reported);
  }

  private void notifications(AlertmanagerConfig config) {
    var lint = new NotificationLint(config, alerting, alerts, tree.complete(), words, findings);
    lint.check(readings.yaml(tree.notificationsFile()), tree.ways());
    Path pharosFile = tree.notificationsFile().resolveSibling(AlertmanagerConfig.PHAROS_FILE);
    if (Files.exists(pharosFile)) {
      lint.checkOwn(readings.yaml(pharosFile));
    }
  }

  /* Reports that neither Pharos nor an Alertmanager sends alerts. */
  private void noRecipients() {
    if (tree.hasNoRecipients() && !alerting.isEmpty()) {
      findings.error(
          LintCheck.ALERTS_RECEIVER,
          tree.prometheusFile().toString(),
          0,
          "no alert is sent: no Alertmanager is configured under alerting, and there is no %s"
              .formatted(
                  tree.notificationsFile().toString().isEmpty()
                      ? "file of notifications"
                      : tree.notificationsFile()));
    }
  }

  private void rules(LintedFile file, RuleLint.Source source) {
    List<String> lines = source.text().lines().toList();
    for (LintedRule rule : file.rules()) {
      int from = rule.lineOf("expr");
      if (!rule.isOfLines()) {
        words.expression(rule.expr(), rule.file(), lines, from);
        rule.expr().selectors().forEach(selector -> references(selector, rule.file(), lines, from));
      }
      rule.spec()
          .labels()
          .forEach(
              (name, value) -> {
                words.use("label", name, rule.file(), rule.lineOf("labels." + name));
                if (name.equals("service")) {
                  words.use("service", value, rule.file(), rule.lineOf("labels." + name));
                }
              });
      switch (rule.spec()) {
        case RuleSpec.Recording _ -> {}
        case RuleSpec.Alerting alert -> {
          alerting.add(alert);
          alerts.define(alert.name(), rule.file(), rule.lineOf("alert"));
          texts(alert, rule, lines);
          dashboard(alert, rule);
        }
      }
    }
  }

  private void texts(RuleSpec.Alerting alert, LintedRule rule, List<String> lines) {
    alert
        .annotations()
        .forEach(
            (name, text) ->
                RuleTemplate.parse("__alert_" + alert.name(), text)
                    .references()
                    .labels()
                    .forEach(
                        label ->
                            words.use(
                                "label",
                                label,
                                rule.file(),
                                Vocabulary.line(
                                    lines, rule.lineOf("annotations." + name), label))));
  }

  /* Checks a reference to a dashboard. A path must refer to a versioned dashboard; a URL is not
   * checked. */
  private void dashboard(RuleSpec.Alerting alert, LintedRule rule) {
    Matcher link = DASHBOARD.matcher(alert.annotations().getOrDefault("dashboard_url", ""));
    if (link.find()) {
      dashboards.refer(link.group(1), rule.file(), rule.lineOf("annotations.dashboard_url"));
    }
  }

  private void references(Expr.VectorSelector selector, String file, List<String> lines, int from) {
    ScrapeJobs.job(selector)
        .ifPresent(job -> jobs.referQuietly(job, file, Vocabulary.line(lines, from, job)));
    if (!RuleIndex.metric(selector).startsWith("probe_")) {
      return;
    }
    for (LabelMatcher matcher : selector.matchers()) {
      if (matcher.name().equals("probe") && matcher.type() == LabelMatcher.Type.EQUAL) {
        probes.refer(matcher.value(), file, Vocabulary.line(lines, from, matcher.value()));
      }
    }
  }

  private void targets(TargetLint lint, Path file) {
    List<ScrapeConfig> readers = jobsOf(file);
    lint.file(
        file,
        readers.stream().map(ScrapeConfig::jobName).toList(),
        readers.stream()
            .flatMap(job -> job.relabelConfigs().stream())
            .noneMatch(step -> ScrapeJobs.mayWrite(step, "__address__")));
  }

  /* Returns the jobs that read a file. */
  private List<ScrapeConfig> jobsOf(Path file) {
    return tree.prometheus().stream()
        .flatMap(config -> config.scrapeConfigs().stream())
        .filter(
            job ->
                job.fileSdConfigs().stream()
                    .flatMap(discovery -> discovery.files().stream())
                    .anyMatch(
                        name ->
                            VersionedFolders.plain(Path.of(name))
                                .equals(VersionedFolders.plain(file))))
        .toList();
  }

  private void test(Path file) {
    for (YamlValue item : readings.yaml(file).items("tests")) {
      YamlMap test = item.asMap();
      for (YamlValue input : test.items("input_series")) {
        YamlValue series = input.asMap().require("series");
        Matcher metric = METRIC.matcher(series.asString());
        if (metric.lookingAt()) {
          words.series(metric.group(), series.file(), series.line());
        }
      }
      for (YamlValue alert : test.items("alert_rule_test")) {
        alert
            .asMap()
            .get("alertname")
            .ifPresent(name -> alerts.refer(name.asString(), name.file(), name.line()));
      }
    }
  }

  private void grafana() {
    var provisioning = new ProvisioningLint(tree.compose(), findings);
    tree.provisioning().forEach(provisioning::check);
    provisioning.finish();
    var lint = new DashboardLint(language, readings, provisioning.sources(), words, findings);
    for (Path file : tree.dashboardFiles()) {
      lint.check(file);
    }
    if (tree.dashboardsComplete()) {
      lint.reportMissing(dashboards);
    }
  }
}
