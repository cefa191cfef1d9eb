package io.pharos.lint;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;

/// All values that labels of metrics can have, where somebody knows: the file
/// `prometheus/label-values.yml` (docs/format/label-values.md), and what Pharos knows itself.
///
/// @param all later ones are asked first
public record LabelValues(List<Entry> all) {
  /// Nothing is known.
  public static final LabelValues NONE = new LabelValues(List.of());

  /// The values of one label of one metric.
  ///
  /// @param metric its name; with a `*` at the end, of all metrics that begin so
  /// @param values at least one
  /// @param from who says so, for messages
  public record Entry(String metric, String label, List<String> values, String from) {
    public Entry {
      requireNonNull(metric, "metric is null");
      requireNonNull(label, "label is null");
      requireNonNull(from, "from is null");
      values = List.copyOf(values);
      if (values.isEmpty()) {
        throw new IllegalArgumentException("values is empty: expected one at least");
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

  /// Reads a file: metrics, each with labels, each with the list of its values.
  ///
  /// @throws ConfigException with every problem found
  public static LabelValues read(Path file) {
    return of(YamlFile.read(file));
  }

  /// As [#read], of a text.
  ///
  /// @param name what errors call it
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

  /// These and more, which are asked first.
  public LabelValues with(List<Entry> more) {
    var both = new ArrayList<>(all);
    both.addAll(more);
    return new LabelValues(both);
  }

  /// What is known of a label of a metric.
  Optional<Entry> of(String metric, String label) {
    return all.reversed().stream()
        .filter(entry -> entry.label().equals(label) && entry.isAbout(metric))
        .findFirst();
  }
}
