package io.pharos.promql.ast;

import static java.util.Objects.requireNonNull;

import java.util.List;
import org.jspecify.annotations.Nullable;

/// How the series of two vectors find each other.
///
/// @param on whether `labels` are the ones to match on, rather than the ones to ignore
/// @param include the labels that `group_left` or `group_right` copies from the one side
/// @param fillLeft the value that stands in for a missing left sample, if any
/// @param fillRight the value that stands in for a missing right sample, if any
public record VectorMatching(
    Cardinality cardinality,
    boolean on,
    List<String> labels,
    List<String> include,
    @Nullable Double fillLeft,
    @Nullable Double fillRight) {
  /// How many series of each side may meet.
  public enum Cardinality {
    ONE_TO_ONE,
    MANY_TO_ONE,
    ONE_TO_MANY,
    MANY_TO_MANY
  }

  public VectorMatching {
    requireNonNull(cardinality, "cardinality is null");
    labels = List.copyOf(labels);
    include = List.copyOf(include);
  }

  /// Matching on all labels, one to one: what an operator does without modifiers.
  public static VectorMatching oneToOne() {
    return new VectorMatching(Cardinality.ONE_TO_ONE, false, List.of(), List.of(), null, null);
  }
}
