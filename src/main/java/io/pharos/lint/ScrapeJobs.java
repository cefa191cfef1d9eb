package io.pharos.lint;

import io.pharos.config.prometheus.FilePattern;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.RelabelConfig;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.config.prometheus.TargetReader;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.Expr;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The scrape jobs of a configuration.
public final class ScrapeJobs {
  private static final String JOB = "job";

  /// The value of the label `job` on samples of Pharos' probes.
  private static final String PROBES = "probe";

  private final PrometheusConfig config;
  private final Set<String> names = new TreeSet<>();
  private boolean complete;

  /// @param furtherNames names of jobs that are not in the configuration
  public ScrapeJobs(PrometheusConfig config, Set<String> furtherNames) {
    this.config = config;
    names.addAll(furtherNames);
    names.add(PROBES);
    complete = !config.scrapeConfigs().isEmpty(); // a ruler queries the series of other servers
    config.scrapeConfigs().forEach(this::add);
  }

  private void add(ScrapeConfig job) {
    names.add(job.jobName());
    // Discovered targets may have any job label.
    complete &= !job.honorLabels() && job.polledSdConfigs().isEmpty();
    Stream.concat(job.relabelConfigs().stream(), job.metricRelabelConfigs().stream())
        .forEach(step -> complete &= !mayWrite(step, JOB));
    addLabels(job.staticConfigs());
    for (var discovery : job.fileSdConfigs()) {
      for (String pattern : discovery.files()) {
        /* A file that can't be read may contain any job; a missing file contains no targets yet. */
        targets(pattern).ifPresentOrElse(this::addLabels, () -> complete = false);
      }
    }
  }

  /// Returns whether a relabelling step may set a label.
  public static boolean mayWrite(RelabelConfig step, String label) {
    return switch (step.action()) {
      case KEEP, DROP, KEEPEQUAL, DROPEQUAL, LABELDROP, LABELKEEP -> false;
      case LABELMAP -> true;
      case REPLACE, HASHMOD, LOWERCASE, UPPERCASE ->
          step.targetLabel().equals(label) || step.targetLabel().indexOf('$') >= 0;
    };
  }

  private void addLabels(List<StaticConfig> targets) {
    for (StaticConfig group : targets) {
      if (group.labels().has(JOB)) {
        names.add(group.labels().get(JOB));
      }
    }
  }

  /// Reads the target files that match a pattern.
  ///
  /// @return empty if a file can't be read; another check reports this
  static Optional<List<StaticConfig>> targets(String pattern) {
    var found = new ArrayList<StaticConfig>();
    try {
      for (Path file : FilePattern.expand(pattern)) {
        if (Files.exists(file)) {
          found.addAll(TargetReader.readFile(file));
        }
      }
      return Optional.of(found);
    } catch (IOException | ConfigException _) {
      return Optional.empty();
    }
  }

  /// Returns whether it is certain that no target has a job that matches.
  public boolean lacks(LabelMatcher job) {
    return complete && !job.matches("") && names.stream().noneMatch(job::matches);
  }

  /// Returns whether [#names] contains all jobs that targets may have.
  public boolean isComplete() {
    return complete;
  }

  /// Returns the known jobs.
  public Set<String> names() {
    return names;
  }

  /// Returns the interval between samples of a selector's series: the scrape interval of the job
  /// that the selector names, or the global scrape interval if it names no job.
  public Duration interval(Expr.VectorSelector selector) {
    return job(selector)
        .flatMap(
            name ->
                config.scrapeConfigs().stream()
                    .filter(job -> job.jobName().equals(name))
                    .map(ScrapeConfig::scrapeInterval)
                    .findFirst())
        .orElse(config.global().scrapeInterval());
  }

  /// Returns the job that a selector names; empty if it names no job.
  public static Optional<String> job(Expr.VectorSelector selector) {
    return selector.equal(JOB);
  }
}
