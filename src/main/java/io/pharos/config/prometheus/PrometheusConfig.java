package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/// A Prometheus configuration file, read strictly.
///
/// @param ruleFiles paths from the working directory or the root, whose last element may have `*`
public record PrometheusConfig(
    PrometheusGlobalConfig global,
    List<String> ruleFiles,
    List<ScrapeConfig> scrapeConfigs,
    AlertingConfig alerting,
    OtlpConfig otlp,
    StorageConfig storage) {

  /// Nothing is scraped, nobody is told.
  public static final PrometheusConfig EMPTY =
      new PrometheusConfig(
          PrometheusGlobalConfig.DEFAULT,
          List.of(),
          List.of(),
          AlertingConfig.NONE,
          OtlpConfig.DEFAULT,
          StorageConfig.DEFAULT);

  public PrometheusConfig {
    requireNonNull(global, "global is null");
    ruleFiles = List.copyOf(ruleFiles);
    scrapeConfigs = List.copyOf(scrapeConfigs);
    requireNonNull(alerting, "alerting is null");
    requireNonNull(otlp, "otlp is null");
    requireNonNull(storage, "storage is null");
  }

  /// Reads a file; paths in it are relative to its directory, and environment variables in external
  /// labels are this process'.
  ///
  /// @throws ConfigException with every problem found
  public static PrometheusConfig read(Path file) {
    Path parent = file.getParent();
    return parse(
        file.toString(),
        PrometheusReader.text(file),
        parent == null ? Path.of("") : parent,
        System.getenv());
  }

  /// Reads a text, YAML or JSON.
  ///
  /// @param name what errors call the text
  /// @param directory what paths in it are relative to
  /// @param environment for `${NAME}` in external labels
  /// @throws ConfigException with every problem found
  public static PrometheusConfig parse(
      String name, String text, Path directory, Map<String, String> environment) {
    return new PrometheusReader(directory, environment).read(name, text);
  }

  /// The folder beside the rule files with those that only Pharos evaluates.
  public static final String OWN_RULES = "pharos";

  /// The folder beside the rule files with those whose expressions are LogQL, which a Loki answers.
  public static final String LOG_RULES = "loki";

  /// The rule files that there are now, in order, each once.
  ///
  /// @throws ConfigException when a directory can't be listed, or a file named in full is missing
  public List<Path> expandRuleFiles() {
    return expanded(PrometheusConfig::expandRuleFiles);
  }

  /// As [#expandRuleFiles()], of rules about log lines.
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
            throw new ConfigException(pattern, 0, 0, "there is no such rule file");
          }
          files.add(file);
        }
      } catch (IOException e) {
        throw new ConfigException(pattern, 0, 0, "rule files can't be listed: " + e);
      }
    }
    return files.stream().distinct().toList();
  }

  /// What an entry of `rule_files` names, in order; a file that is named in full need not exist.
  ///
  /// A pattern with a star is looked up in a folder `pharos` beside the files, too: there stand
  /// rules that ask for what only Pharos has, as the results of its probes, and that a Prometheus
  /// which reads the same configuration must not evaluate.
  ///
  /// @throws IOException when a directory can't be listed
  public static List<Path> expandRuleFiles(String pattern) throws IOException {
    var files = new ArrayList<>(FilePattern.expand(pattern));
    files.addAll(beside(pattern, OWN_RULES));
    return List.copyOf(files);
  }

  /// The files of rules about log lines that an entry of `rule_files` stands for, in order: where
  /// it is a pattern with a star, those in a folder `loki` beside the files.
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
