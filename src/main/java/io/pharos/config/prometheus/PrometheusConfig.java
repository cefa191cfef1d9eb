package io.pharos.config.prometheus;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/// A Prometheus configuration file.
///
/// @param ruleFiles absolute paths or paths relative to the working directory, with `*` only in the
///   last element
public record PrometheusConfig(
    PrometheusGlobalConfig global,
    List<String> ruleFiles,
    List<ScrapeConfig> scrapeConfigs,
    AlertingConfig alerting,
    OtlpConfig otlp,
    StorageConfig storage) {

  /// No targets and no Alertmanagers.
  public static final PrometheusConfig EMPTY =
      new PrometheusConfig(
          PrometheusGlobalConfig.DEFAULT,
          List.of(),
          List.of(),
          AlertingConfig.NONE,
          OtlpConfig.DEFAULT,
          StorageConfig.DEFAULT);

  public PrometheusConfig {
    ruleFiles = List.copyOf(ruleFiles);
    scrapeConfigs = List.copyOf(scrapeConfigs);
  }

  /// Returns the configured time between scrapes, by job.
  public Map<String, Duration> scrapeIntervals() {
    return scrapeConfigs.stream()
        .collect(Collectors.toMap(ScrapeConfig::jobName, ScrapeConfig::scrapeInterval));
  }

  /// Reads a file. Relative paths in it refer to its directory. External labels may contain
  /// environment variables of this process.
  ///
  /// @throws ConfigException with every problem found
  public static PrometheusConfig read(Path file) {
    return read(file, UnaryOperator.identity());
  }

  /// Like [#read(Path)], but changes the text of the file first.
  public static PrometheusConfig read(Path file, UnaryOperator<String> change) {
    Path parent = file.getParent();
    Path directory = parent == null ? Path.of("") : parent;
    return YamlFile.parsed(
        file, text -> parse(file.toString(), change.apply(text), directory, System.getenv()));
  }

  /// Reads a text, YAML or JSON.
  ///
  /// @param environment values for `${NAME}` in external labels
  /// @throws ConfigException with every problem found
  public static PrometheusConfig parse(
      String name, String text, Path directory, Map<String, String> environment) {
    return new PrometheusReader(directory, environment).read(name, text);
  }

  /// Name of the folder beside the rule files with rules that only Pharos evaluates.
  public static final String OWN_RULES = "pharos";

  /// Name of the folder beside the rule files with rules in LogQL, which a Loki evaluates.
  public static final String LOG_RULES = "loki";

  /// Returns the rule files that exist now, in order, each once.
  ///
  /// @throws ConfigException if a directory can't be listed, or a file without a star is missing
  public List<Path> expandRuleFiles() {
    return expanded(PrometheusConfig::expandRuleFiles);
  }

  /// Returns the files of LogQL rules that exist now, in order, each once.
  public List<Path> expandLogRuleFiles() {
    return expanded(PrometheusConfig::expandLogRuleFiles);
  }

  private interface Expansion {
    List<Path> of(String pattern) throws IOException;
  }

  private List<Path> expanded(Expansion expansion) {
    var files = new ArrayList<Path>();
    for (String pattern : ruleFiles) {
      try {
        for (Path file : expansion.of(pattern)) {
          if (!Files.exists(file)) {
            throw new ConfigException(pattern, 0, 0, "the rule file does not exist");
          }
          files.add(file);
        }
      } catch (IOException e) {
        throw new ConfigException(pattern, 0, 0, "rule files can't be listed: " + e);
      }
    }
    return files.stream().distinct().toList();
  }

  /// Returns the rule files of an entry of `rule_files`, in order. A file without a star need not
  /// exist.
  ///
  /// A pattern with a star also matches files in the folder `pharos` beside the rule files. That
  /// folder is for rules about metrics that only Pharos has, such as probe results: a Prometheus
  /// with the same configuration must not evaluate them.
  ///
  /// @throws IOException when a directory can't be listed
  public static List<Path> expandRuleFiles(String pattern) throws IOException {
    var files = new ArrayList<>(FilePattern.expand(pattern));
    files.addAll(beside(pattern, OWN_RULES));
    return List.copyOf(files);
  }

  /// Returns the files of LogQL rules of an entry of `rule_files`, in order. For a pattern with a
  /// star, they are the matching files in the folder `loki` beside the rule files; otherwise there
  /// are none.
  ///
  /// @throws IOException when a directory can't be listed
  public static List<Path> expandLogRuleFiles(String pattern) throws IOException {
    return beside(pattern, LOG_RULES);
  }

  private static List<Path> beside(String pattern, String folder) throws IOException {
    Path name = Path.of(pattern).getFileName();
    return name != null && name.toString().indexOf('*') >= 0
        ? FilePattern.expand(Path.of(pattern).resolveSibling(folder).resolve(name).toString())
        : List.of();
  }
}
