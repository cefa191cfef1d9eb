package io.pharos.rules.test;

import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.logql.LineEvaluation;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.SeriesDescription;
import io.pharos.rules.RuleFile;
import io.pharos.storage.SampleWindow;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/// Reads promtool's unit-test format strictly.
final class TestSpecReader {
  private static final String ALERT_NAME = "alertname";
  private static final int MAX_LINES = 10_000;

  private TestSpecReader() {}

  /// Reads a test file.
  ///
  /// @param file path of the test file, whose folder is the base of relative patterns
  /// @throws io.pharos.config.yaml.ConfigException if the file does not have the format
  static TestSpec read(Path file, YamlMap map) {
    Duration interval = map.duration("evaluation_interval", Duration.ofMinutes(1));
    if (interval.toMillis() < 1) {
      throw map.require("evaluation_interval").error("expected more than 0, found " + interval);
    }
    boolean fuzzy = map.bool("fuzzy_compare", false);
    List<String> order = order(map);
    List<Path> ruleFiles = ruleFiles(file, map, "rule_files");
    List<Path> logRuleFiles = ruleFiles(file, map, "log_rule_files");
    Optional<Path> pharosFile =
        map.get("pharos_file").map(value -> folder(file).resolve(value.asString()).normalize());
    var groups = new ArrayList<TestSpec.Group>();
    for (YamlValue item : map.items("tests")) {
      groups.add(group(item, interval, groups.size() + 1));
    }
    map.finish();
    return new TestSpec(
        file.toString(), ruleFiles, logRuleFiles, pharosFile, interval, order, fuzzy, groups);
  }

  private static List<String> order(YamlMap map) {
    var seen = new HashSet<String>();
    return map.list(
        "group_eval_order",
        value -> {
          if (!seen.add(value.asString())) {
            throw value.error("group name repeated: " + Quoted.of(value.asString()));
          }
          return value.asString();
        });
  }

  private static Path folder(Path file) {
    Path absolute = file.toAbsolutePath().getParent();
    return absolute == null ? Path.of("/") : absolute;
  }

  private static List<Path> ruleFiles(Path file, YamlMap map, String key) {
    Path directory = folder(file);
    var files = new ArrayList<Path>();
    for (YamlValue pattern : map.items(key)) {
      List<Path> found = RuleFile.find(directory, List.of(pattern.asString()));
      if (found.isEmpty()) {
        throw pattern.error("no file matches " + Quoted.of(pattern.asString()));
      }
      found.stream().map(Path::normalize).filter(path -> !files.contains(path)).forEach(files::add);
    }
    return files;
  }

  private static TestSpec.Group group(YamlValue item, Duration evaluationInterval, int number) {
    YamlMap map = item.asMap();
    String name = map.string("name", "test " + number);
    Duration interval = map.duration("interval", evaluationInterval);
    long step = interval.isZero() ? evaluationInterval.toMillis() : interval.toMillis();
    long start = map.get("start_timestamp").map(TestSpecReader::timestamp).orElse(0L);
    var input = new LinkedHashMap<Labels, TestSpec.InputSeries>();
    for (YamlValue series : map.items("input_series")) {
      TestSpec.InputSeries read = series(series.asMap(), start, step);
      input.put(read.labels(), read);
    }
    var lines = new ArrayList<LineEvaluation.Lines>();
    for (YamlValue stream : map.items("input_logs")) {
      lines.addAll(lines(stream.asMap(), start, step));
    }
    List<TestSpec.AlertCase> alerts =
        map.list("alert_rule_test", value -> alertCase(value, value.asMap()));
    List<TestSpec.ExpressionCase> expressions =
        map.list("promql_expr_test", value -> expressionCase(value, value.asMap()));
    Labels externalLabels = Labels.of(map.stringMap("external_labels"));
    String externalUrl = map.string("external_url", "");
    map.finish();
    return new TestSpec.Group(
        item.line(),
        name,
        start,
        List.copyOf(input.values()),
        lines,
        alerts,
        expressions,
        externalLabels,
        externalUrl);
  }

  private static long timestamp(YamlValue value) {
    String text = value.asString();
    try {
      return Instant.parse(text).toEpochMilli();
    } catch (DateTimeParseException _) {
      /* The text is not a time of RFC 3339, so it must be Unix seconds. */
      return Math.round(
          value.parse("a time in RFC 3339 or Unix seconds", Double::parseDouble) * 1e3);
    }
  }

  private static TestSpec.InputSeries series(YamlMap map, long start, long step) {
    Labels labels =
        map.require("series").parse("a series such as up{job=\"api\"}", TestSpecReader::labels);
    SampleWindow samples =
        map.require("values").parse("samples", text -> samples(text, start, step));
    map.finish();
    return new TestSpec.InputSeries(labels, samples);
  }

  /// Returns the lines of a stream. Each value of the stream is the number of lines in one
  /// interval.
  private static List<LineEvaluation.Lines> lines(YamlMap map, long start, long step) {
    Labels stream =
        map.require("stream").parse("a stream such as {job=\"nginx\"}", TestSpecReader::labels);
    String text = map.require("line").asString();
    YamlValue values = map.require("values");
    SampleWindow counts =
        values.parse("numbers of lines", numbers -> samples(numbers, start, step));
    map.finish();
    var lines = new ArrayList<LineEvaluation.Lines>();
    for (int i = 0; i < counts.size(); i++) {
      double count = counts.value(i);
      if (counts.histogram(i) != null || !(count >= 0 && count <= MAX_LINES) || count % 1 != 0) {
        throw values.error(
            "expected whole numbers of lines from 0 to " + MAX_LINES + ", found " + count);
      }
      if (count > 0) {
        lines.add(new LineEvaluation.Lines(stream, counts.timestamp(i), text, (long) count));
      }
    }
    return lines;
  }

  private static Labels labels(String text) {
    try {
      return SeriesDescription.labels(text);
    } catch (ParseException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  private static SampleWindow samples(String text, long start, long step) {
    var window = new SampleWindow();
    long at = start;
    try {
      for (SeriesDescription.Item item : SeriesDescription.items(text)) {
        switch (item) {
          case SeriesDescription.Sample sample -> window.add(at, sample.value());
          case SeriesDescription.HistogramSample sample -> window.add(at, sample.histogram());
          case SeriesDescription.Stale _ -> window.add(at, StaleMarker.VALUE);
          case SeriesDescription.Gap _ -> {}
        }
        at += step;
      }
    } catch (ParseException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    return window;
  }

  /* Accepts .nan and -.inf as in YAML, and also NaN and -Inf, which are common too. */
  private static double number(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "nan", ".nan" -> Double.NaN;
      case "inf", "+inf", ".inf", "+.inf" -> Double.POSITIVE_INFINITY;
      case "-inf", "-.inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(text);
    };
  }

  private static TestSpec.AlertCase alertCase(YamlValue item, YamlMap map) {
    long at = map.duration("eval_time", Duration.ZERO).toMillis();
    String alertName = map.string("alertname", "");
    if (alertName.isEmpty()) {
      throw map.missing(ALERT_NAME, "the key \"alertname\" is missing or empty");
    }
    List<TestSpec.ExpectedAlert> expected =
        map.list("exp_alerts", value -> expectedAlert(value.asMap(), alertName));
    map.finish();
    return new TestSpec.AlertCase(item.line(), at, alertName, expected);
  }

  private static TestSpec.ExpectedAlert expectedAlert(YamlMap map, String alertName) {
    Labels labels = Labels.of(map.stringMap("exp_labels")).with(ALERT_NAME, alertName);
    Labels annotations = Labels.of(map.stringMap("exp_annotations"));
    map.finish();
    return new TestSpec.ExpectedAlert(labels, annotations);
  }

  private static TestSpec.ExpressionCase expressionCase(YamlValue item, YamlMap map) {
    long at = map.duration("eval_time", Duration.ZERO).toMillis();
    String expression = map.require("expr").asString();
    List<TestSpec.ExpectedSample> expected =
        map.list("exp_samples", value -> expectedSample(value.asMap()));
    map.finish();
    return new TestSpec.ExpressionCase(item.line(), at, expression, expected);
  }

  private static TestSpec.ExpectedSample expectedSample(YamlMap map) {
    Labels labels =
        map.get("labels")
            .map(value -> value.parse("labels such as {job=\"api\"}", TestSpecReader::labels))
            .orElse(Labels.empty());
    double value =
        map.get("value")
            .map(number -> number.parse("a number", TestSpecReader::number))
            .orElse(0.0);
    Histogram histogram =
        map.get("histogram")
            .map(item -> item.parse("a histogram such as '{{count:1}}'", TestSpecReader::histogram))
            .orElse(null);
    map.finish();
    return new TestSpec.ExpectedSample(labels, value, histogram);
  }

  private static Histogram histogram(String text) {
    try {
      List<SeriesDescription.Item> items = SeriesDescription.items(text);
      if (items.size() == 1
          && items.getFirst() instanceof SeriesDescription.HistogramSample sample) {
        return sample.histogram();
      }
    } catch (ParseException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
    throw new IllegalArgumentException("expected one histogram");
  }
}
