package io.pharos.server.web.query;

import io.pharos.model.LabelMatcher;
import io.pharos.promql.ast.AggregateOp;
import io.pharos.promql.ast.Function;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.parser.Syntax;
import io.pharos.server.web.query.EditorPlace.Label;
import io.pharos.server.web.query.EditorPlace.LabelValue;
import io.pharos.server.web.query.EditorPlace.Name;
import io.pharos.server.web.query.EditorPlace.Nothing;
import io.pharos.server.web.query.EditorPlace.Range;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// What may come at the cursor of an expression that somebody writes.
record Completions(SeriesIndex index) {
  private static final int MAX_OPTIONS = 40;
  private static final int MAX_METRICS = 30;

  private static final List<String> RANGES = List.of("1m", "5m", "10m", "30m", "1h", "6h", "1d");

  /// A text that may come at the cursor.
  ///
  /// @param text what replaces the word at the cursor
  /// @param kind what it is: metric, function, aggregation, word, label, value or range
  /// @param detail its type and help, or its arguments; may be empty
  record Option(String text, String kind, String detail) {}

  /// The options, the best first.
  ///
  /// @param from where the word begins that an option replaces
  record Found(int from, List<Option> options) {
    Found {
      options = List.copyOf(options);
    }
  }

  /// Returns the options at a place of an expression.
  ///
  /// @param cursor number of characters before the cursor
  Found at(String expression, int cursor) {
    EditorPlace place = EditorPlace.at(expression, cursor);
    List<Option> options =
        switch (place) {
          case Name name -> names(name.word());
          case Label label ->
              ranked(label.word(), index.labelNames(matchers(label, expression)))
                  .filter(name -> !name.equals("__name__"))
                  .map(name -> new Option(name, "label", ""))
                  .toList();
          case LabelValue value ->
              ranked(value.word(), index.labelValues(value.label(), value.matchers()))
                  .map(text -> new Option(escaped(text), "value", ""))
                  .toList();
          case Range range ->
              ranked(range.word(), RANGES).map(text -> new Option(text, "range", "")).toList();
          case Nothing _ -> List.of();
        };
    return new Found(place.from(), options.stream().limit(MAX_OPTIONS).toList());
  }

  private static String escaped(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n");
  }

  /// Outside of a selector, as after `by`, the labels of all metrics in the expression are meant.
  private static List<LabelMatcher> matchers(Label label, String expression) {
    if (!label.matchers().isEmpty()) {
      return label.matchers();
    }
    Set<String> metrics =
        Syntax.parts(expression).stream()
            .filter(part -> part.kind() == Syntax.Kind.METRIC)
            .map(Syntax::text)
            .collect(Collectors.toSet());
    return metrics.isEmpty() ? List.of() : List.of(LabelMatcher.anyOf("__name__", metrics));
  }

  private List<Option> names(String word) {
    if (word.isEmpty()) {
      return List.of();
    }
    var options = new ArrayList<Option>();
    ranked(word, functions()).limit(6).map(Completions::function).forEach(options::add);
    ranked(word, aggregations())
        .limit(4)
        .map(name -> new Option(name, "aggregation", "by (labels) (vector)"))
        .forEach(options::add);
    Syntax.KEYWORDS.stream()
        .filter(known -> known.startsWith(word))
        .sorted()
        .map(known -> new Option(known, "word", ""))
        .forEach(options::add);
    // A word has no characters that are special in a regular expression.
    var named = LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", "(?i).*" + word + ".*");
    ranked(word, index.labelValues("__name__", List.of(named)))
        .limit(MAX_METRICS)
        .map(this::metric)
        .forEach(options::add);
    options.sort(Comparator.comparing(option -> !option.text().startsWith(word)));
    return options;
  }

  private Option metric(String name) {
    SeriesIndex.Metadata metadata = index.metadata(name);
    return new Option(
        name,
        "metric",
        metadata.type() + (metadata.help().isEmpty() ? "" : ": " + metadata.help()));
  }

  private static Option function(String name) {
    Function function = Function.named(name);
    if (function == null) {
      throw new IllegalArgumentException(name);
    }
    var arguments = new ArrayList<String>();
    for (int i = 0; i < Math.min(function.maxArguments(), function.minArguments() + 2); i++) {
      String type = typeName(function.argument(i));
      arguments.add(i < function.minArguments() ? type : "[" + type + "]");
    }
    return new Option(name + "(", "function", "(" + String.join(", ", arguments) + ")");
  }

  private static String typeName(ValueType type) {
    return switch (type) {
      case MATRIX -> "vector[range]";
      case VECTOR -> "vector";
      case SCALAR -> "number";
      case STRING -> "text";
    };
  }

  private static List<String> functions() {
    return Stream.of(Function.values()).map(Function::symbol).toList();
  }

  private static List<String> aggregations() {
    return Stream.of(AggregateOp.values()).map(AggregateOp::symbol).toList();
  }

  /// Returns the texts that contain a word: first those that begin with it, then the shorter ones.
  private static Stream<String> ranked(String word, List<String> texts) {
    String lower = word.toLowerCase(Locale.ROOT);
    return texts.stream()
        .filter(text -> text.toLowerCase(Locale.ROOT).contains(lower))
        .filter(text -> !text.equals(word))
        .sorted(
            Comparator.comparing((String text) -> !text.toLowerCase(Locale.ROOT).startsWith(lower))
                .thenComparingInt(String::length)
                .thenComparing(Comparator.naturalOrder()));
  }
}
