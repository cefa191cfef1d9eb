package io.pharos.lint.rule;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// All values that certain labels can have, from the file `prometheus/label-values.yml`
/// (docs/format/label-values.md) and from Pharos' own configuration.
///
/// @param all all entries; a later entry takes precedence over an earlier one
public record LabelValues(List<Entry> all) {
  /// No entries.
  public static final LabelValues NONE = new LabelValues(List.of());

  /// All values that a label of a metric can have.
  ///
  /// @param metric name of the metric, or a prefix of names with a `*` at the end
  /// @param values at least one
  /// @param from origin of the entry, for messages
  public record Entry(String metric, String label, List<String> values, String from) {
    public Entry {
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("values is empty, expected at least one");
      }
    }

    boolean isAbout(String name) {
      return metric.endsWith("*")
          ? name.startsWith(metric.substring(0, metric.length() - 1))
          : name.equals(metric);
    }
  }

  public LabelValues {
    all = List.copyOf(all);
  }

  /// Reads a file, which lists metrics, their labels, and the values of each label.
  ///
  /// @throws ConfigException if the file is invalid; reports the first problem
  public static LabelValues read(Path file) {
    return of(YamlFile.read(file));
  }

  /// Parses the text of such a file.
  ///
  /// @param name name of the text in error messages
  public static LabelValues parse(String name, String text) {
    return of(YamlFile.parse(name, text));
  }

  private static LabelValues of(YamlMap file) {
    var entries = new ArrayList<Entry>();
    for (String metric : file.keys()) {
      YamlMap labels = file.require(metric).asMap();
      for (String label : labels.keys()) {
        YamlValue list = labels.require(label);
        var values = new TreeSet<String>();
        list.asList().forEach(value -> values.add(text(value)));
        if (values.isEmpty()) {
          throw list.error("expected the values of " + label + ", found none");
        }
        entries.add(
            new Entry(
                metric, label, List.copyOf(values), labels.file() + ":" + labels.line(label)));
      }
    }
    return new LabelValues(entries);
  }

  private static String text(YamlValue value) {
    if (!value.isString()) {
      throw value.error("expected a string in quotes, found " + value.asString());
    }
    return value.asString();
  }

  /// Returns these entries and `laterEntries`, which take precedence.
  public LabelValues with(List<Entry> laterEntries) {
    var entries = new ArrayList<>(all);
    entries.addAll(laterEntries);
    return new LabelValues(entries);
  }

  /// Returns the entry for a label of a metric; empty if there is none.
  Optional<Entry> of(String metric, String label) {
    return all.reversed().stream()
        .filter(entry -> entry.label().equals(label) && entry.isAbout(metric))
        .findFirst();
  }
}
