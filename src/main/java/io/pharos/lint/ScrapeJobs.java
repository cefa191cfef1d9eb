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
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/// The scrape jobs of a configuration, by what selectors can ask for.
final class ScrapeJobs {
  private static final String JOB = "job";

  /// The job of the samples that Pharos' own probes give.
  private static final String PROBES = "probe";

  private final PrometheusConfig config;
  private final Set<String> names = new TreeSet<>();
  private boolean complete = true;

  /// @param more names that count as jobs too
  ScrapeJobs(PrometheusConfig config, Set<String> more) {
    this.config = config;
    names.addAll(more);
    names.add(PROBES);
    config.scrapeConfigs().forEach(this::add);
  }

  private void add(ScrapeConfig job) {
    names.add(job.jobName());
    // Whoever is asked for targets may call their job what he likes.
    complete &= !job.honorLabels() && job.askedSdConfigs().isEmpty();
    Stream.concat(job.relabelConfigs().stream(), job.metricRelabelConfigs().stream())
        .forEach(step -> complete &= !mayWriteJob(step));
    addLabels(job.staticConfigs());
    for (var discovery : job.fileSdConfigs()) {
      for (String pattern : discovery.files()) {
        addFiles(pattern);
      }
    }
  }

  private static boolean mayWriteJob(RelabelConfig step) {
    return switch (step.action()) {
      case KEEP, DROP, KEEPEQUAL, DROPEQUAL, LABELDROP, LABELKEEP -> false;
      case LABELMAP -> true;
      case REPLACE, HASHMOD, LOWERCASE, UPPERCASE ->
          step.targetLabel().equals(JOB) || step.targetLabel().indexOf('$') >= 0;
    };
  }

  private void addLabels(List<StaticConfig> targets) {
    for (StaticConfig group : targets) {
      if (group.labels().has(JOB)) {
        names.add(group.labels().get(JOB));
      }
    }
  }

  /* In a file that can't be read may be anything; one that is not there yet has no targets. */
  private void addFiles(String pattern) {
    try {
      for (Path file : FilePattern.expand(pattern)) {
        if (Files.exists(file)) {
          addLabels(TargetReader.readFile(file));
        }
      }
    } catch (IOException | ConfigException _) { // whoever reads the targets reports it
      complete = false;
    }
  }

  /// Whether no target can have a job that a matcher lets pass.
  boolean lacks(LabelMatcher job) {
    return complete && !job.matches("") && names.stream().noneMatch(job::matches);
  }

  /// Whether no target can have a job but those.
  boolean isComplete() {
    return complete;
  }

  Set<String> names() {
    return names;
  }

  /// How often the series of a selector get a sample: as their job says where the selector names
  /// one, otherwise as most do.
  Duration interval(Expr.VectorSelector selector) {
    return job(selector)
        .flatMap(
            name ->
                config.scrapeConfigs().stream()
                    .filter(job -> job.jobName().equals(name))
                    .map(ScrapeConfig::scrapeInterval)
                    .findFirst())
        .orElse(config.global().scrapeInterval());
  }

  /// The one job that a selector asks for.
  static Optional<String> job(Expr.VectorSelector selector) {
    return selector.matchers().stream()
        .filter(matcher -> matcher.name().equals(JOB))
        .filter(matcher -> matcher.type() == LabelMatcher.Type.EQUAL)
        .map(LabelMatcher::value)
        .findFirst();
  }
}
