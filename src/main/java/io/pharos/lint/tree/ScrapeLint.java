package io.pharos.lint.tree;

import io.pharos.config.prometheus.FilePattern;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.VersionedFolders;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/// Checks the Prometheus configuration and the files that it names.
final class ScrapeLint {
  private static final List<String> INTERNAL =
      List.of(
          "__address__",
          "__scheme__",
          "__metrics_path__",
          "__scrape_interval__",
          "__scrape_timeout__",
          "__name__");

  private final TreeContext tree;
  private final Vocabulary words;
  private final References jobs;
  private final TargetLint targets;
  private final Findings findings;

  /// Files that the configuration names.
  private final Set<Path> namedFiles = new HashSet<>();

  /// Folders in which the configuration names a file that does not exist. Other files in these
  /// folders are not reported as unread, because the name may be misspelt.
  private final Set<Path> incompleteFolders = new HashSet<>();

  ScrapeLint(
      TreeContext tree, Vocabulary words, References jobs, TargetLint targets, Findings findings) {
    this.tree = tree;
    this.words = words;
    this.jobs = jobs;
    this.targets = targets;
    this.findings = findings;
  }

  /// Checks the configuration file.
  void check(YamlMap file) {
    file.items("rule_files").forEach(this::ruleFiles);
    file.get("global").ifPresent(global -> externalLabels(global.asMap()));
    for (YamlValue job : file.items("scrape_configs")) {
      job(job.asMap());
    }
    file.get("alerting")
        .map(YamlValue::asMap)
        .ifPresent(
            alerting ->
                alerting.items("alertmanagers").forEach(item -> alertmanager(item.asMap())));
    reportUnread();
  }

  private void externalLabels(YamlMap global) {
    global
        .get("external_labels")
        .map(YamlValue::asMap)
        .ifPresent(
            labels ->
                labels
                    .keys()
                    .forEach(name -> words.use("label", name, labels.file(), labels.line(name))));
  }

  private void ruleFiles(YamlValue pattern) {
    matchingFiles(pattern, "rule file", tree.ruleFiles(), PrometheusConfig::expandRuleFiles)
        .forEach(namedFiles::add);
  }

  private void job(YamlMap job) {
    YamlValue name = job.require("job_name");
    jobs.define(name.asString(), name.file(), name.line());
    job.get("metrics_path")
        .filter(path -> !path.asString().startsWith("/"))
        .ifPresent(
            path ->
                findings.warn(
                    LintCheck.TARGETS_ADDRESS,
                    path,
                    "metrics_path: expected a path that begins with /, found "
                        + Quoted.of(path.asString())));
    targets(job);
    secrets(job);
    for (String key : List.of("relabel_configs", "metric_relabel_configs")) {
      job.items(key).forEach(step -> relabel(step.asMap()));
    }
  }

  private void alertmanager(YamlMap map) {
    map.items("static_configs")
        .forEach(group -> targets.group(group, "alertmanagers", List.of(), true));
    secrets(map);
  }

  private void targets(YamlMap job) {
    String name = job.string("job_name", "");
    boolean addresses =
        job.items("relabel_configs").stream()
            .noneMatch(step -> step.asMap().string("target_label", "").equals("__address__"));
    for (YamlValue group : job.items("static_configs")) {
      targets.group(group, "job " + name, List.of(), addresses);
      String service = group.asMap().stringMap("labels").getOrDefault("service", "");
      if (service.length() > 3 && Vocabulary.isTypo(name, service)) {
        findings.warn(
            LintCheck.NAMES_TYPO,
            job.require("job_name"),
            "the targets of the job %s are the service %s: did you mean it?"
                .formatted(Quoted.of(name), Quoted.of(service)));
      }
    }
    for (YamlValue discovery : job.items("file_sd_configs")) {
      for (YamlValue pattern : discovery.asMap().items("files")) {
        Path folder = resolve(pattern.asString()).getParent();
        List<Path> existingFiles =
            folder == null ? List.of() : VersionedFolders.files(folder, ".json", ".yml", ".yaml");
        matchingFiles(pattern, "target file", existingFiles, FilePattern::expand)
            .forEach(namedFiles::add);
      }
    }
  }

  private interface Expansion {
    List<Path> of(String pattern) throws IOException;
  }

  /// Returns the files that match a pattern. Reports a pattern that matches no file.
  private List<Path> matchingFiles(
      YamlValue pattern, String kind, List<Path> existingFiles, Expansion expansion) {
    Path path = resolve(pattern.asString());
    List<Path> found;
    try {
      found = expansion.of(path.toString()).stream().filter(Files::exists).toList();
    } catch (IOException _) { // reported below: no file matches
      found = List.of();
    }
    if (found.isEmpty()) {
      existingFiles.stream()
          .map(VersionedFolders::plain)
          .map(Path::getParent)
          .forEach(incompleteFolders::add);
      boolean glob = pattern.asString().indexOf('*') >= 0;
      List<String> names =
          existingFiles.stream().map(file -> file.getFileName().toString()).toList();
      String name = String.valueOf(path.getFileName());
      findings.warn(
          LintCheck.FILES_MISSING,
          pattern,
          glob
              ? "no " + kind + " matches " + Quoted.of(pattern.asString())
              : "the %s %s does not exist%s"
                  .formatted(kind, Quoted.of(pattern.asString()), Suggestion.of(name, names)));
    }
    return found.stream().map(VersionedFolders::plain).toList();
  }

  private Path resolve(String text) {
    Path parent = tree.prometheusFile().getParent();
    Path path = Path.of(text);
    return path.isAbsolute() || parent == null ? path : parent.resolve(path).normalize();
  }

  private void secrets(YamlMap map) {
    secret(map, "bearer_token_file");
    for (String section : List.of("authorization", "basic_auth", "tls_config")) {
      map.get(section)
          .map(YamlValue::asMap)
          .ifPresent(
              inner ->
                  Stream.of(
                          "credentials_file",
                          "password_file",
                          "username_file",
                          "ca_file",
                          "cert_file",
                          "key_file")
                      .forEach(key -> secret(inner, key)));
    }
  }

  private void secret(YamlMap map, String key) {
    map.get(key)
        .filter(value -> !value.asString().isEmpty())
        .ifPresent(
            value -> {
              Path file = resolve(value.asString());
              if (!Files.exists(file)) {
                findings.warn(
                    LintCheck.FILES_MISSING,
                    value,
                    key
                        + ": the file "
                        + file
                        + " does not exist, so every scrape of the job will fail");
              } else if (!Files.isReadable(file)) {
                findings.warn(
                    LintCheck.FILES_MISSING,
                    value,
                    key + ": the file " + file + " is not readable; change its permissions");
              }
            });
  }

  private void relabel(YamlMap step) {
    step.items("source_labels").forEach(label -> label(label, label.asString()));
    step.get("target_label").ifPresent(label -> label(label, label.asString()));
  }

  private void label(YamlValue value, String name) {
    if (!name.startsWith("__")) {
      words.use("label", name, value.file(), value.line());
    } else if (!INTERNAL.contains(name) && !name.matches("__(param|meta|tmp)_.*")) {
      Suggestion.nearest(name, INTERNAL)
          .ifPresent(
              near ->
                  findings.warn(
                      LintCheck.TARGETS_LABEL,
                      value,
                      "no target has the label %s: did you mean %s?"
                          .formatted(Quoted.of(name), Quoted.of(near))));
    }
  }

  /// Reports files that the configuration does not name, although it names other files in the same
  /// folder.
  private void reportUnread() {
    Stream.concat(
            namedFiles.stream()
                .filter(
                    file ->
                        !tree.ruleFiles().stream()
                            .map(VersionedFolders::plain)
                            .toList()
                            .contains(file))
                .map(Path::getParent)
                .distinct()
                .flatMap(
                    folder -> VersionedFolders.files(folder, ".json", ".yml", ".yaml").stream()),
            tree.ruleFiles().stream())
        .distinct()
        .filter(file -> !namedFiles.contains(VersionedFolders.plain(file)))
        .filter(file -> !incompleteFolders.contains(VersionedFolders.plain(file).getParent()))
        .filter(
            file ->
                !VersionedFolders.plain(file).equals(VersionedFolders.plain(tree.prometheusFile())))
        .forEach(
            file ->
                findings.warn(
                    LintCheck.FILES_UNREAD,
                    shown(file),
                    0,
                    "the file is not read: add it to " + tree.prometheusFile() + " or remove it"));
  }

  /* Returns the path for messages: relative if the path of the configuration is relative. */
  private String shown(Path file) {
    Path workingDirectory = Path.of("").toAbsolutePath();
    Path plain = VersionedFolders.plain(file);
    return !tree.prometheusFile().isAbsolute() && plain.startsWith(workingDirectory)
        ? workingDirectory.relativize(plain).toString()
        : plain.toString();
  }
}
