package io.pharos.lint.tree;

import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.AlertSeverity;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.ScrapeJobs;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Checks probe files and gate policies.
final class GateLint {
  private static final Pattern ALERT = Pattern.compile("\\balertname\\s*=\\s*\"([^\"]*)\"");
  private static final Pattern SERVICE = Pattern.compile("\\bservice\\s*=~?\\s*\"([^\"]*)\"");

  /// Keys of checks whose values are queries.
  private static final Set<String> QUERIES =
      Set.of("selector", "total", "bad", "good", "unanswered", "buckets");

  /// Checks that say which program runs, and not how well.
  private static final Set<String> IDENTITY = Set.of("version", "restarts");

  private final Vocabulary words;
  private final References probes;
  private final References jobs;
  private final References alerts;
  private final Set<String> severities;
  private final Findings findings;

  GateLint(
      Vocabulary words,
      References probes,
      References jobs,
      References alerts,
      Set<String> severities,
      Findings findings) {
    this.words = words;
    this.probes = probes;
    this.jobs = jobs;
    this.alerts = alerts;
    this.severities = severities;
    this.findings = findings;
  }

  /// Records the probes that a file defines, and the names that the file uses.
  void probes(Path file) {
    for (YamlValue item : YamlFile.read(file).items("probes")) {
      YamlMap probe = item.asMap();
      YamlValue name = probe.require("name");
      probes.define(name.asString(), name.file(), name.line());
      probe
          .get("labels")
          .map(YamlValue::asMap)
          .ifPresent(
              labels ->
                  labels
                      .keys()
                      .forEach(
                          label -> {
                            words.use("label", label, labels.file(), labels.line(label));
                            if (label.equals("service")) {
                              words.use(
                                  "service",
                                  labels.string(label, ""),
                                  labels.file(),
                                  labels.line(label));
                            }
                          }));
      probe
          .items("parents")
          .forEach(parent -> probes.refer(parent.asString(), parent.file(), parent.line()));
      probe.get("http").map(YamlValue::asMap).ifPresent(http -> token(http, "bearer_token_file"));
      probe
          .get("push")
          .filter(YamlValue::isMap)
          .map(YamlValue::asMap)
          .ifPresent(push -> token(push, "token_file"));
    }
  }

  private void token(YamlMap map, String key) {
    map.get(key)
        .ifPresent(
            value -> {
              Path folder = Path.of(value.file()).toAbsolutePath().getParent();
              if (folder != null && !Files.exists(folder.resolve(value.asString()))) {
                findings.warn(
                    LintCheck.FILES_MISSING,
                    value,
                    "%s: the file %s does not exist, so the probe will fail"
                        .formatted(key, value.asString()));
              }
            });
  }

  /// Checks a policy.
  void gate(Path file) {
    YamlMap map = YamlFile.read(file);
    YamlValue service = map.require("service");
    words.use("service", service.asString(), service.file(), service.line());
    YamlMap checks = map.get("checks").map(YamlValue::asMap).orElse(map);
    checks.get("probes").map(YamlValue::asMap).ifPresent(this::probeNames);
    checks.get("alerts").map(YamlValue::asMap).ifPresent(this::alerts);
    checks.keys().forEach(key -> checks.get(key).ifPresent(value -> queries(value, QUERIES)));
    if (checks.keys().stream().allMatch(IDENTITY::contains) || !map.has("checks")) {
      findings.warn(
          LintCheck.GATES_CHECKS,
          map.file(),
          map.line("checks"),
          "the policy judges nothing: it has no check besides the version and restarts; add one such as error_bound or probes");
    }
  }

  /// Records the names in the queries of an objective.
  void objective(Path file) {
    queries(YamlFile.read(file).require("spec"), Set.of("query"));
  }

  private void queries(YamlValue value, Set<String> keys) {
    if (value.isMap()) {
      YamlMap map = value.asMap();
      for (String key : map.keys()) {
        map.get(key)
            .ifPresent(
                inner -> {
                  if (keys.contains(key)) {
                    values(inner).stream().filter(YamlValue::isScalar).forEach(this::selector);
                  }
                  queries(inner, keys);
                });
      }
    } else if (value.isList()) {
      value.asList().forEach(item -> queries(item, keys));
    }
  }

  private void probeNames(YamlMap map) {
    map.get("names")
        .ifPresent(
            names ->
                values(names)
                    .forEach(
                        name -> {
                          if (name.asString().indexOf('$') < 0) {
                            probes.refer(name.asString(), name.file(), name.line());
                          }
                        }));
  }

  private void alerts(YamlMap map) {
    for (String key : List.of("matchers", "ignore")) {
      map.get(key).ifPresent(found -> values(found).forEach(this::matcher));
    }
    for (YamlValue severity : map.items("severities")) {
      if (!severities.contains(severity.asString())) {
        findings.warn(
            LintCheck.NAMES_UNKNOWN,
            severity,
            "no alert rule has the severity "
                + Quoted.of(severity.asString())
                + Suggestion.of(severity.asString(), AlertSeverity.COMMON));
      }
    }
  }

  private void matcher(YamlValue value) {
    Matcher alert = ALERT.matcher(value.asString());
    while (alert.find()) {
      alerts.refer(alert.group(1), value.file(), value.line());
    }
    Matcher service = SERVICE.matcher(value.asString());
    while (service.find()) {
      for (String name : service.group(1).split("\\|")) {
        if (name.chars().allMatch(c -> Character.isLetterOrDigit(c) || c == '-' || c == '_')) {
          words.use("service", name, value.file(), value.line());
        }
      }
    }
  }

  private void selector(YamlValue value) {
    try {
      Expr expr = PromqlParser.parse(value.asString());
      List<String> lines = List.of();
      expr.selectors()
          .forEach(
              selector ->
                  ScrapeJobs.job(selector)
                      .filter(job -> job.indexOf('$') < 0)
                      .ifPresent(
                          job ->
                              jobs.refer(
                                  job, value.file(), value.lineOf(value.asString().indexOf(job)))));
      words.expression(expr, value.file(), lines, value.lineOf(0));
    } catch (ParseException _) { // a template, or an error that the reader of the policy reports
      return;
    }
  }

  private static List<YamlValue> values(YamlValue value) {
    return value.isList() ? value.asList() : List.of(value);
  }
}
