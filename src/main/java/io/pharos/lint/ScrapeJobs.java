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

  /// The job of samples of Pharos' probes.
  private static final String PROBES = "probe";

  private final PrometheusConfig config;
  private final Set<String> names = new TreeSet<>();
  private boolean complete = true;

  /// @param more further names of jobs
  public ScrapeJobs(PrometheusConfig config, Set<String> more) {
    this.config = config;
    names.addAll(more);
    names.add(PROBES);
    config.scrapeConfigs().forEach(this::add);
  }

  private void add(ScrapeConfig job) {
    names.add(job.jobName());
    // Discovered targets may set any job label.
    complete &= !job.honorLabels() && job.polledSdConfigs().isEmpty();
    Stream.concat(job.relabelConfigs().stream(), job.metricRelabelConfigs().stream())
        .forEach(step -> complete &= !mayWrite(step, JOB));
    addLabels(job.staticConfigs());
    for (var discovery : job.fileSdConfigs()) {
      for (String pattern : discovery.files()) {
        /* A file that can't be read may set any job; a missing file has no targets yet. */
        targets(pattern).ifPresentOrElse(this::addLabels, () -> complete = false);
      }
    }
  }

  /// Whether a relabelling step may set a label.
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

  /// The readable target files of a pattern.
  ///
  /// @return empty if a file can't be read, which is reported when the targets are read
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

  /// Whether no target can have a job that matches.
  public boolean lacks(LabelMatcher job) {
    return complete && !job.matches("") && names.stream().noneMatch(job::matches);
  }

  /// Whether all possible jobs are known.
  public boolean isComplete() {
    return complete;
  }

  /// The known jobs.
  public Set<String> names() {
    return names;
  }

  /// The interval between samples of a selector's series: that of its job, or the global one if the
  /// selector names no job.
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

  /// The job that a selector names.
  public static Optional<String> job(Expr.VectorSelector selector) {
    return selector.equal(JOB);
  }
}
