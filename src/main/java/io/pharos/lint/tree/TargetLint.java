package io.pharos.lint.tree;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.pharos.config.prometheus.TargetReader;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.model.LabelName;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Checks target files, and the targets in the configuration file.
public final class TargetLint {
  /* Decides whether a text is valid JSON. The YAML reader also accepts other texts, but is
   * needed for the places of values. */
  private static final ObjectMapper JSON =
      new ObjectMapper().enable(JsonParser.Feature.STRICT_DUPLICATE_DETECTION);

  private static final List<String> INTERNAL =
      List.of(
          "__address__",
          "__scheme__",
          "__metrics_path__",
          "__scrape_interval__",
          "__scrape_timeout__");

  private final Vocabulary words;
  private final Findings findings;
  private final Map<String, String> placesByTarget = new HashMap<>();

  TargetLint(Vocabulary words, Findings findings) {
    this.words = words;
    this.findings = findings;
  }

  /// Reads a file of targets as strictly as Prometheus.
  ///
  /// @throws ConfigException if Pharos or Prometheus would refuse it
  public static void read(Path file) {
    if (file.toString().endsWith(".json")) {
      json(file);
    }
    TargetReader.readFile(file);
  }

  /// Refuses a file that is not valid JSON.
  ///
  /// @throws ConfigException with line and column
  public static void json(Path file) {
    String text = YamlFile.text(file);
    try {
      JSON.readTree(text);
    } catch (JsonProcessingException e) {
      var location = e.getLocation();
      int last = (int) text.stripTrailing().lines().count();
      throw new ConfigException(
          file.toString(),
          location == null ? 0 : Math.min(location.getLineNr(), last),
          location == null ? 0 : location.getColumnNr(),
          "not valid JSON: " + e.getOriginalMessage().replaceFirst("(?s) \\(start marker.*", ""));
    }
  }

  /// Checks a file that can be read.
  ///
  /// @param jobs names of the jobs that read the file
  /// @param addresses whether no relabelling changes the targets, so that they must be addresses
  void file(Path file, List<String> jobs, boolean addresses) {
    YamlFile.parseValue(file.toString(), YamlFile.text(file).replace('\t', ' '))
        .map(YamlValue::asList)
        .orElse(List.of())
        .forEach(group -> group(group, file.toString(), jobs, addresses));
  }

  /// Checks a group of targets.
  ///
  /// @param scope identifies the groups of targets in which no target may be repeated
  void group(YamlValue value, String scope, List<String> jobs, boolean addresses) {
    YamlMap group = value.asMap();
    var labels = new TreeMap<String, String>();
    group.get("labels").ifPresent(section -> labels(section.asMap(), jobs, labels));
    List<YamlValue> targets = group.items("targets");
    if (targets.isEmpty() && !group.has("targets")) {
      findings.warn(
          LintCheck.TARGETS_ADDRESS, value, "the group has no targets; add some or remove it");
    }
    for (YamlValue target : targets) {
      if (addresses) {
        address(target);
      }
      String other =
          placesByTarget.putIfAbsent(
              scope + " " + target.asString() + labels, target.file() + ":" + target.line());
      if (other != null) {
        findings.warn(
            LintCheck.TARGETS_DUPLICATE,
            target,
            "the target " + Quoted.of(target.asString()) + " is already listed in " + other);
      }
    }
  }

  private void address(YamlValue target) {
    String address = target.asString();
    int colon = address.lastIndexOf(':');
    String port = colon < 0 || address.endsWith("]") ? "80" : address.substring(colon + 1);
    boolean good =
        address.chars().noneMatch(c -> c <= ' ' || c > '~')
            && port.matches("[0-9]{1,5}")
            && Integer.parseInt(port) > 0
            && Integer.parseInt(port) < 65536
            && colon != 0;
    if (!good) {
      findings.error(
          LintCheck.TARGETS_ADDRESS,
          target,
          "expected an address such as host:9100, found " + Quoted.of(address));
    }
  }

  private void labels(YamlMap labels, List<String> jobs, Map<String, String> values) {
    for (String name : labels.keys()) {
      int line = labels.line(name);
      YamlValue value = labels.get(name).orElse(null);
      if (value == null || !value.isString()) {
        findings.warn(
            LintCheck.TARGETS_LABEL,
            labels.file(),
            line,
            "the label "
                + name
                + ": expected a string in quotes, found "
                + (value == null ? "nothing" : value.asString()));
        continue;
      }
      values.put(name, value.asString());
      if (name.startsWith("__")) {
        boolean known = INTERNAL.contains(name) || name.matches("__(param|meta|tmp)_.*");
        if (!known) {
          findings.warn(
              LintCheck.TARGETS_LABEL,
              labels.file(),
              line,
              "the label %s has no effect on a scrape%s"
                  .formatted(Quoted.of(name), Suggestion.of(name, INTERNAL)));
        }
        continue;
      }
      if (!LabelName.isLegacy(name)) {
        findings.warn(
            LintCheck.TARGETS_LABEL,
            labels.file(),
            line,
            "the label %s must be quoted in every query: did you mean %s?"
                .formatted(Quoted.of(name), Quoted.of(name.replaceAll("[^A-Za-z0-9_]", "_"))));
        continue;
      }
      if (name.equals("job") && !jobs.isEmpty() && !jobs.contains(value.asString())) {
        findings.warn(
            LintCheck.TARGETS_LABEL,
            labels.file(),
            line,
            "the label job overrides the job's name %s, which rules may use; remove it"
                .formatted(Quoted.of(jobs.getFirst())));
      }
      words.use("label", name, labels.file(), line);
      if (name.equals("service")) {
        words.use("service", value.asString(), labels.file(), line);
      }
    }
  }
}
