package io.pharos.lint.rule;

import static java.util.Comparator.comparing;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.PrometheusGlobalConfig;
import io.pharos.lint.Exporters;
import io.pharos.lint.Finding;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedFile;
import io.pharos.lint.LintedRule;
import io.pharos.lint.RuleIndex;
import io.pharos.lint.ScrapeJobs;
import io.pharos.lint.flow.Conditions;
import io.pharos.lint.flow.LabelFlow;
import io.pharos.lint.flow.ValueFlow;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.rules.RuleExpression;
import io.pharos.rules.RuleSpec;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;

/// Finds probable mistakes in valid rule files.
public final class RuleLint {
  private static final Duration MAX_INTERVAL = Duration.ofMinutes(5);

  /// The text of a valid rule file.
  ///
  /// @param name name of the file in findings
  /// @param isOfLines whether its expressions are LogQL
  public record Source(String name, String text, boolean isOfLines) {
    /// Creates the source of a file with PromQL expressions.
    public Source(String name, String text) {
      this(name, text, false);
    }
  }

  private record Identity(boolean alert, String name, SortedMap<String, String> labels) {}

  private final LintContext context;
  private final ParsedFileCache readings;

  /// @param context the data with which rules are compared
  /// @param readings cache of parsed files
  public RuleLint(LintContext context, ParsedFileCache readings) {
    this.context = context;
    this.readings = readings;
  }

  /// Checks all rule files. They must be passed in one call, because rules are compared with each
  /// other.
  ///
  /// @return the findings, sorted by file and line
  /// @throws ConfigException if a file is not valid
  public List<Finding> check(List<Source> sources) {
    PrometheusGlobalConfig global =
        context.prometheus().map(PrometheusConfig::global).orElse(PrometheusGlobalConfig.DEFAULT);
    List<LintedFile> files =
        sources.stream()
            .map(source -> readings.linted(source, context.language(), global.evaluationInterval()))
            .toList();
    List<LintedRule> rules = files.stream().flatMap(file -> file.rules().stream()).toList();
    List<RuleCheck> checks = checks(rules, global.externalLabels());
    Map<Identity, LintedRule> rulesByIdentity = new HashMap<>();
    var findings = new ArrayList<Finding>();
    for (LintedFile file : files) {
      findings.addAll(file(file));
      for (LintedRule rule : file.rules()) {
        var report = new RuleReport(rule);
        checks.forEach(check -> check.check(rule, report));
        duplicate(rule, rulesByIdentity, report);
        report.findings().stream()
            .filter(finding -> isOn(finding.check(), file, rule.line()))
            .filter(finding -> isOn(finding.check(), file, rule.groupLine()))
            .forEach(findings::add);
      }
    }
    findings.sort(comparing(Finding::file).thenComparingInt(Finding::line));
    return findings;
  }

  private List<RuleCheck> checks(List<LintedRule> rules, Labels external) {
    var index = new RuleIndex(rules);
    Optional<ScrapeJobs> jobs =
        context.prometheus().map(config -> new ScrapeJobs(config, context.reported()));
    var labels = new LabelFlow(index);
    var values = new ValueFlow(index);
    var conditions = new Conditions(index);
    var checks = new ArrayList<RuleCheck>();
    checks.add(new AlertCheck(conditions, jobs));
    checks.add(new LanguageCheck());
    checks.add(new RuleTemplateCheck(labels, context.prometheus()));
    // If a running server is queried, its series show the exporters better than the names of jobs.
    Optional<Exporters> exporters =
        context.seen().isPresent() ? Optional.empty() : context.prometheus().map(Exporters::new);
    checks.add(
        ofSamples(
            new SelectorCheck(index, jobs, exporters, context.retention(), context.complete())));
    checks.add(ofSamples(new ValueCheck(index, context.values(), context.prometheus())));
    context.seen().ifPresent(seen -> checks.add(ofSamples(new SeenCheck(index, seen))));
    checks.add(ofSamples(new PartsCheck(index, values)));
    checks.add(ofSamples(new RateCheck(index, jobs)));
    checks.add(ofSamples(new MatchingCheck(labels)));
    checks.add(ofSamples(new ConditionCheck(values, conditions)));
    checks.add(ofSamples(new NanCheck(values)));
    checks.add(ofSamples(new FragileCheck()));
    checks.add(new AlertTextCheck(rules, context.notifications(), context.runbooks()));
    checks.add(new NameCheck(index, external));
    if (context.prometheus().isPresent()) { // without a configuration, external labels are unknown
      context
          .notifications()
          .ifPresent(
              config -> {
                checks.add(new RoutingCheck(labels, config, external, context.reported()));
                checks.add(ofSamples(new ReceiverCheck(labels, config, external)));
                checks.add(ofSamples(new OverlapCheck(rules, labels, values, config, external)));
              });
    }
    return checks;
  }

  /* Skips LogQL rules, which have no PromQL expression. */
  private static RuleCheck ofSamples(RuleCheck check) {
    return (rule, report) -> {
      if (!rule.isOfLines()) {
        check.check(rule, report);
      }
    };
  }

  private boolean isOn(LintCheck check, LintedFile file, int subject) {
    return !file.comments().disable(check, subject, context.now());
  }

  private List<Finding> file(LintedFile file) {
    String name = file.file().name();
    var findings = new Findings();
    file.file()
        .warnings()
        .forEach(
            warning ->
                findings.warn(LintCheck.YAML_PARSE, name, warning.line(), warning.message()));
    file.comments()
        .mistakes()
        .forEach(
            mistake ->
                findings.warn(LintCheck.LINT_COMMENT, name, mistake.line(), mistake.message()));
    for (LintedFile.Group group : file.groups()) {
      if (isTooSlow(group) && isOn(LintCheck.GROUP_INTERVAL, file, group.line())) {
        findings.warn(
            LintCheck.GROUP_INTERVAL,
            name,
            group.lines().getOrDefault("interval", group.line()),
            "the group runs every %s, but a sample is visible for only 5m, so its results have gaps; use an interval of 5m or less"
                .formatted(PromDuration.format(group.interval().toMillis())));
      }
    }
    return findings.list();
  }

  /* Returns whether results of a group have gaps, because its interval exceeds the lookback. An
   * alert has no gaps if it keeps firing for one interval or longer. */
  private static boolean isTooSlow(LintedFile.Group group) {
    return group.interval().compareTo(MAX_INTERVAL) > 0
        && group.spec().rules().stream()
            .anyMatch(
                rule ->
                    switch (rule) {
                      case RuleSpec.Recording _ -> true;
                      case RuleSpec.Alerting alert ->
                          alert.keepFiringFor().compareTo(group.interval()) < 0;
                    });
  }

  private static void duplicate(
      LintedRule rule, Map<Identity, LintedRule> rulesByIdentity, RuleReport report) {
    boolean alert = rule.spec() instanceof RuleSpec.Alerting;
    LintedRule earlier =
        rulesByIdentity.putIfAbsent(
            new Identity(alert, rule.spec().name(), rule.spec().labels()), rule);
    if (earlier != null) {
      boolean same = isSame(earlier.spec().expression(), rule.spec().expression());
      report.at(
          alert ? "alert" : "record",
          LintCheck.RULE_DUPLICATE,
          FindingSeverity.WARNING,
          "the rule at %s has the same name and labels%s"
              .formatted(earlier.place(), same ? ", and the same expression" : ""));
    }
  }

  private static boolean isSame(RuleExpression one, RuleExpression other) {
    if (one instanceof RuleExpression.OfSamples a && other instanceof RuleExpression.OfSamples b) {
      return a.tree().withoutSpans().equals(b.tree().withoutSpans());
    }
    return one.equals(other);
  }
}
