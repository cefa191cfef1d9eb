package io.pharos.lint.rule;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.RouteConfig;
import io.pharos.config.yaml.Suggestion;
import io.pharos.lint.AlertSeverity;
import io.pharos.lint.FindingSeverity;
import io.pharos.lint.LintCheck;
import io.pharos.lint.LintedRule;
import io.pharos.lint.VersionedFolders;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import io.pharos.rules.RuleSpec;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// Checks the severity, the annotations and the runbook of an alert.
final class AlertTextCheck implements RuleCheck {
  /// Annotations that messages show.
  private static final List<String> ANNOTATIONS =
      List.of(
          "title",
          "summary",
          "description",
          "message",
          "runbook",
          "runbook_url",
          "dashboard",
          "dashboard_url");

  private static final Pattern RUNBOOK =
      Pattern.compile("^(?:\\{\\{[^}]*}})?/runbooks/([A-Za-z0-9_-]+)");

  private final List<Path> runbooks;
  private final Set<String> severities = new TreeSet<>(AlertSeverity.COMMON);
  private final Map<String, Integer> annotationCounts = new HashMap<>();
  private final Map<String, Integer> labelCounts = new HashMap<>();
  private final Map<String, Integer> severityCounts = new HashMap<>();
  private final Set<String> routed = new TreeSet<>();
  private int alerts;

  AlertTextCheck(
      List<LintedRule> rules, Optional<AlertmanagerConfig> notifications, List<Path> runbooks) {
    this.runbooks = runbooks;
    for (LintedRule rule : rules) {
      if (rule.spec() instanceof RuleSpec.Alerting alert) {
        alerts++;
        alert.annotations().keySet().forEach(name -> annotationCounts.merge(name, 1, Integer::sum));
        alert.labels().keySet().forEach(name -> labelCounts.merge(name, 1, Integer::sum));
        severityCounts.merge(alert.labels().getOrDefault(AlertSeverity.LABEL, ""), 1, Integer::sum);
      }
    }
    notifications.ifPresent(config -> addRoutedSeverities(config.route()));
    if (routed.contains("critical") && !routed.contains("page")) {
      severities.remove("page"); // the same level by another name
    }
  }

  /* Adds the severities that routes match to the known ones, unless they resemble a common
   * severity. */
  private void addRoutedSeverities(RouteConfig route) {
    List<String> values =
        route.matchers().stream()
            .filter(matcher -> matcher.name().equals(AlertSeverity.LABEL))
            .flatMap(AlertTextCheck::values)
            .toList();
    routed.addAll(values);
    values.stream()
        .filter(value -> Suggestion.nearest(value, AlertSeverity.COMMON).isEmpty())
        .forEach(severities::add);
    route.routes().forEach(this::addRoutedSeverities);
  }

  private static Stream<String> values(LabelMatcher matcher) {
    return switch (matcher.type()) {
      case EQUAL -> Stream.of(matcher.value());
      case REGEX -> Stream.of(matcher.value().split("\\|"));
      case NOT_EQUAL, NOT_REGEX -> Stream.of();
    };
  }

  @Override
  public void check(LintedRule rule, RuleReport report) {
    if (rule.spec() instanceof RuleSpec.Alerting alert) {
      severity(alert, report);
      annotations(alert, report);
      runbook(alert, report);
    }
  }

  private void severity(RuleSpec.Alerting alert, RuleReport report) {
    String severity = alert.labels().getOrDefault(AlertSeverity.LABEL, "");
    if (severity.isEmpty()) {
      Optional<String> typo =
          alert.labels().keySet().stream()
              .filter(name -> Suggestion.nearest(name, List.of(AlertSeverity.LABEL)).isPresent())
              .findFirst();
      if (typo.isPresent()) {
        report.warnAt(
            "labels." + typo.get(),
            LintCheck.ALERTS_SEVERITY,
            "the label " + Quoted.of(typo.get()) + ": did you mean \"severity\"?");
      } else if (isUsual(labelCounts, AlertSeverity.LABEL)) {
        report.warnAt(
            "alert",
            LintCheck.ALERTS_SEVERITY,
            "the alert has no label severity, so no route with a severity matches it; add the label");
      }
    } else if (severity.indexOf('{') < 0
        && !severities.contains(severity)
        && (isAlone(severity) || Suggestion.nearest(severity, severities).isPresent())) {
      report.warnAt(
          "labels.severity",
          LintCheck.ALERTS_SEVERITY,
          "unknown severity %s%s"
              .formatted(
                  Quoted.of(severity),
                  Suggestion.nearest(severity, severities)
                      .map(near -> ": did you mean " + Quoted.of(near) + "?")
                      .orElse(", expected one of " + String.join(", ", severities))));
    }
  }

  /* Returns whether only one of several alerts has this severity. Users may define a severity,
   * but rarely for a single alert. */
  private boolean isAlone(String severity) {
    return alerts > 4 && severityCounts.getOrDefault(severity, 0) == 1;
  }

  private void annotations(RuleSpec.Alerting alert, RuleReport report) {
    var replaced = new TreeSet<String>();
    for (String name : alert.annotations().keySet()) {
      if (ANNOTATIONS.contains(name) || annotationCounts.getOrDefault(name, 0) > 1) {
        continue;
      }
      String language = language(name);
      Suggestion.nearest(name.substring(0, name.length() - language.length()), ANNOTATIONS)
          .map(near -> near + language)
          .filter(near -> !alert.annotations().containsKey(near))
          .ifPresent(
              near -> {
                replaced.add(near);
                report.warnAt(
                    "annotations." + name,
                    LintCheck.ALERTS_ANNOTATION,
                    "messages do not show the annotation %s: did you mean %s?"
                        .formatted(Quoted.of(name), Quoted.of(near)));
              });
    }
    for (String name : List.of("summary", "runbook_url")) {
      if (!alert.annotations().containsKey(name)
          && !replaced.contains(name)
          && isUsual(annotationCounts, name)) {
        report.at(
            "alert",
            name.equals("summary") ? LintCheck.ALERTS_ANNOTATION : LintCheck.ALERTS_RUNBOOK,
            FindingSeverity.WARNING,
            "the alert has no annotation " + name + ", which the other alerts have; add it");
      }
    }
  }

  /* Returns the ending of an annotation in another language, such as `_zh`, if others have it. */
  private String language(String name) {
    String ending = name.substring(Math.max(0, name.length() - 3));
    return ending.matches("_[a-z]{2}")
            && annotationCounts.keySet().stream()
                .anyMatch(other -> !other.equals(name) && other.endsWith(ending))
        ? ending
        : "";
  }

  /* Returns whether nearly all other alerts have a label or annotation, which is then a
   * convention. */
  private boolean isUsual(Map<String, Integer> counts, String name) {
    return alerts > 2 && counts.getOrDefault(name, 0) * 10 >= (alerts - 1) * 9;
  }

  private void runbook(RuleSpec.Alerting alert, RuleReport report) {
    Matcher link = RUNBOOK.matcher(alert.annotations().getOrDefault("runbook_url", ""));
    if (runbooks.isEmpty() || !link.find()) {
      return;
    }
    String name = link.group(1) + ".md";
    if (runbooks.stream().noneMatch(folder -> Files.exists(folder.resolve(name)))) {
      Set<String> known = new TreeSet<>();
      runbooks.forEach(folder -> known.addAll(VersionedFolders.names(folder, ".md")));
      report.warnAt(
          "annotations.runbook_url",
          LintCheck.ALERTS_RUNBOOK,
          "the runbook does not exist: %s%s"
              .formatted(runbooks.getFirst().resolve(name), Suggestion.of(link.group(1), known)));
    }
  }
}
