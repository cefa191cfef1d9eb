package io.pharos.promql.engine.query;

import io.pharos.model.Quoted;
import io.pharos.promql.parser.ParserOptions;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.Set;
import java.util.stream.Collectors;

/// A feature of PromQL or of the store that Prometheus enables by `--enable-feature`. The features
/// have the same names as in Prometheus.
public enum Feature {
  EXPERIMENTAL_FUNCTIONS("promql-experimental-functions"),
  /// On by default, as in Prometheus since version 3.14.
  DURATION_EXPRESSIONS("promql-duration-expr"),
  EXTENDED_RANGE_SELECTORS("promql-extended-range-selectors"),
  FILL_MODIFIERS("promql-binop-fill-modifiers"),
  DELAYED_NAME_REMOVAL("promql-delayed-name-removal"),
  START_TIMESTAMPS("use-start-timestamps"),
  TYPE_AND_UNIT_LABELS("type-and-unit-labels"),
  /// On by default; `storage.exemplars.max_exemplars: 0` disables it.
  EXEMPLAR_STORAGE("exemplar-storage");

  private final String symbol;

  Feature(String symbol) {
    this.symbol = symbol;
  }

  /// Returns the name for `--enable-feature`.
  public String symbol() {
    return symbol;
  }

  /// Parses a comma-separated list of features.
  ///
  /// @throws IllegalArgumentException if a name is unknown; the message lists the known names
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

  /// Returns Prometheus' default parser options with these features enabled too.
  public static ParserOptions parserOptions(Set<Feature> features) {
    ParserOptions defaults = ParserOptions.defaults();
    return new ParserOptions(
        defaults.experimentalFunctions() || features.contains(EXPERIMENTAL_FUNCTIONS),
        defaults.durationExpressions() || features.contains(DURATION_EXPRESSIONS),
        defaults.extendedRangeSelectors() || features.contains(EXTENDED_RANGE_SELECTORS),
        defaults.fillModifiers() || features.contains(FILL_MODIFIERS));
  }
}
