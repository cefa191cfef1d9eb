package io.pharos.promql.ast;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the series of two vectors match.
///
/// @param on whether series match by the labels in `labels`, instead of by all labels except these
/// @param include labels that `group_left` or `group_right` copies from the side with one series
/// @param fillLeft value for a missing left sample, or null
/// @param fillRight value for a missing right sample, or null
public record VectorMatching(
    Cardinality cardinality,
    boolean on,
    List<String> labels,
    List<String> include,
    @Nullable Double fillLeft,
    @Nullable Double fillRight) {
  /// How many series of the left side and of the right side may match each other.
  public enum Cardinality {
    ONE_TO_ONE,
    MANY_TO_ONE,
    ONE_TO_MANY,
    MANY_TO_MANY
  }

  public VectorMatching {
    labels = List.copyOf(labels);
    include = List.copyOf(include);
  }

  /// Returns one-to-one matching on all labels, the default of an operator.
  public static VectorMatching oneToOne() {
    return new VectorMatching(Cardinality.ONE_TO_ONE, false, List.of(), List.of(), null, null);
  }
}
