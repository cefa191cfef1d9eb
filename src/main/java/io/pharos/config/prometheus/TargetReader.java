package io.pharos.config.prometheus;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.List;

/// Reads target groups: items of `static_configs` and file_sd files.
public final class TargetReader {
  private TargetReader() {}

  /// Reads the target groups of a file_sd file, JSON or YAML.
  ///
  /// @throws ConfigException when the file can't be read or is not a list of groups
  public static List<StaticConfig> readFile(Path file) {
    return YamlFile.parsed(file, text -> read(file.toString(), text));
  }

  /// Reads the target groups in a text, JSON or YAML.
  ///
  /// @throws ConfigException if it is not a list of groups
  public static List<StaticConfig> read(String source, String text) {
    return parse(source, text).asList().stream().map(TargetReader::group).toList();
  }

  private static YamlValue parse(String source, String text) {
    return YamlFile.parseValue(source, PrometheusReader.untabbed(text))
        .orElseThrow(() -> new ConfigException(source, 0, 0, "is empty, expected a list"));
  }

  /// Reads the target groups in an HTTP response, which must be JSON with strings as label values.
  ///
  /// @throws ConfigException if it is not a list of groups
  public static List<StaticConfig> readAnswer(String source, String text) {
    for (YamlValue group : parse(source, text).asList()) {
      group
          .asMap()
          .get("labels")
          .map(YamlValue::asMap)
          .ifPresent(
              labels -> {
                for (String name : labels.keys()) {
                  YamlValue value = labels.require(name);
                  if (!value.isString()) {
                    throw value.error("expected a string as label value");
                  }
                }
              });
    }
    return read(source, text);
  }

  /// Reads a group whose targets no relabelling changes: they must be addresses already.
  static StaticConfig addresses(YamlValue value) {
    for (YamlValue target : value.asMap().items("targets")) {
      if (target.asString().indexOf('/') >= 0) {
        throw refused(target);
      }
    }
    return group(value);
  }

  /* Targets may be URLs, which relabelling makes parameters of a prober such as
   * blackbox_exporter. */
  static StaticConfig group(YamlValue value) {
    YamlMap map = value.asMap();
    List<String> targets = map.list("targets", TargetReader::target);
    Labels labels = labels(map);
    map.finish();
    return new StaticConfig(targets, labels);
  }

  private static String target(YamlValue value) {
    if (value.asString().isEmpty()) {
      throw refused(value);
    }
    return value.asString();
  }

  private static ConfigException refused(YamlValue target) {
    return target.error(
        "expected an address such as host:9100, found " + Quoted.of(target.asString()));
  }

  private static Labels labels(YamlMap map) {
    var labels = Labels.builder();
    map.stringMap("labels")
        .forEach(
            (name, text) -> {
              if (name.isEmpty() || name.equals(Labels.METRIC_NAME)) {
                throw map.require("labels")
                    .error("found " + Quoted.of(name) + ", expected a label name");
              }
              labels.set(name, text);
            });
    return labels.build();
  }
}
