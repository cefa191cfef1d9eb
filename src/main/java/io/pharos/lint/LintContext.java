package io.pharos.lint;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.promql.parser.ParserOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// What rules are judged against.
///
/// @param prometheus jobs, intervals and external labels; checks that need them are left out
///   without
/// @param notifications routes and inhibitions; checks that need them are left out without
/// @param language the PromQL that the rules may use
/// @param retention how long samples are kept
/// @param now decides whether a snoozed check is still snoozed
/// @param runbooks the folders of the runbooks that alerts link to, the first being people's own;
///   links are not judged without any
/// @param complete whether every rule file could be read; what no rule gives is not judged without
/// @param values what values labels can have, where somebody knows
/// @param seen what a running server has had, where one is asked
/// @param told jobs and labels that a finding about another file tells of
public record LintContext(
    Optional<PrometheusConfig> prometheus,
    Optional<AlertmanagerConfig> notifications,
    ParserOptions language,
    Duration retention,
    Instant now,
    List<Path> runbooks,
    boolean complete,
    LabelValues values,
    Optional<SeenSeries> seen,
    Set<String> told) {
  /// No receiver tells anybody, and no inhibition holds back anything: what goes for a
  /// configuration that names nobody who could be told.
  public static AlertmanagerConfig nobody() {
    return AlertmanagerConfig.parse(
        "", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n", Path.of(""), List.of());
  }

  /// A context of rules alone: no runbooks, no values, nobody who is asked, and all rule files are
  /// there.
  public LintContext(
      Optional<PrometheusConfig> prometheus,
      Optional<AlertmanagerConfig> notifications,
      ParserOptions language,
      Duration retention,
      Instant now) {
    this(
        prometheus,
        notifications,
        language,
        retention,
        now,
        List.of(),
        true,
        LabelValues.NONE,
        Optional.empty(),
        Set.of());
  }

  public LintContext {
    requireNonNull(prometheus, "prometheus is null");
    requireNonNull(notifications, "notifications is null");
    requireNonNull(language, "language is null");
    requireNonNull(retention, "retention is null");
    requireNonNull(now, "now is null");
    runbooks = List.copyOf(runbooks);
    requireNonNull(values, "values is null");
    requireNonNull(seen, "seen is null");
    told = Set.copyOf(told);
  }
}
