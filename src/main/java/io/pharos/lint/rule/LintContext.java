package io.pharos.lint.rule;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.promql.parser.ParserOptions;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The data with which checks compare rules.
///
/// @param prometheus jobs, intervals and external labels; if empty, checks that need them are
///   skipped
/// @param notifications routes and inhibitions; if empty, checks that need them are skipped
/// @param language enabled parts of PromQL
/// @param retention how long samples are stored
/// @param now current time, for comments that disable a check until a time
/// @param runbooks folders with runbooks, the user's folder first; if empty, links are not checked
/// @param complete whether all rule files could be read; if not, missing results of rules are not
///   reported
/// @param values known values of labels
/// @param seen series of a running server, if one is queried
/// @param reported jobs and labels that other findings already report
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
    Set<String> reported) {
  /// Returns a configuration without inhibitions, whose only receiver sends nothing.
  public static AlertmanagerConfig withoutReceivers() {
    return AlertmanagerConfig.parse(
        "", "route: {receiver: nobody}\nreceivers: [{name: nobody}]\n", Path.of(""), List.of());
  }

  public LintContext {
    runbooks = List.copyOf(runbooks);
    reported = Set.copyOf(reported);
  }
}
