package io.pharos.promql.engine;

import io.pharos.model.Quoted;
import io.pharos.promql.parser.ParserOptions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/// A part of PromQL that Prometheus has behind `--enable-feature`, or of the store that PromQL is
/// asked of, by the name that it has there.
public enum Feature {
  EXPERIMENTAL_FUNCTIONS("promql-experimental-functions"),
  /// On by default, as since Prometheus 3.14.
  DURATION_EXPRESSIONS("promql-duration-expr"),
  EXTENDED_RANGE_SELECTORS("promql-extended-range-selectors"),
  FILL_MODIFIERS("promql-binop-fill-modifiers"),
  DELAYED_NAME_REMOVAL("promql-delayed-name-removal"),
  START_TIMESTAMPS("use-start-timestamps"),
  TYPE_AND_UNIT_LABELS("type-and-unit-labels"),
  /// On by default; `storage.exemplars.max_exemplars: 0` turns it off.
  EXEMPLAR_STORAGE("exemplar-storage");

  private final String symbol;

  Feature(String symbol) {
    this.symbol = symbol;
  }

  /// The name behind `--enable-feature`.
  public String symbol() {
    return symbol;
  }

  /// The features that a list with commas names.
  ///
  /// @throws IllegalArgumentException that says which name is unknown, and which there are
  public static Set<Feature> parse(String names) {
    var features = EnumSet.noneOf(Feature.class);
    for (String name : names.split(",", -1)) {
      if (!name.isBlank()) {
        features.add(named(name.strip()));
      }
    }
    return features;
  }

  private static Feature named(String name) {
    for (Feature feature : values()) {
      if (feature.symbol.equals(name)) {
        return feature;
      }
    }
    throw new IllegalArgumentException(
        "unknown feature "
            + Quoted.of(name)
            + ", expected some of "
            + Arrays.stream(values()).map(Feature::symbol).collect(Collectors.joining(", ")));
  }

  /// What the parser accepts with these features, besides what it accepts by default.
  public static ParserOptions parserOptions(Set<Feature> features) {
    ParserOptions defaults = ParserOptions.defaults();
    return new ParserOptions(
        defaults.experimentalFunctions() || features.contains(EXPERIMENTAL_FUNCTIONS),
        defaults.durationExpressions() || features.contains(DURATION_EXPRESSIONS),
        defaults.extendedRangeSelectors() || features.contains(EXTENDED_RANGE_SELECTORS),
        defaults.fillModifiers() || features.contains(FILL_MODIFIERS));
  }
}
