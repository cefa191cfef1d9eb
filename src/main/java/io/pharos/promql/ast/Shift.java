package io.pharos.promql.ast;

import org.jspecify.annotations.Nullable;

/// The modifiers that move a selector or a subquery in time.
///
/// @param at the time that replaces the evaluation's, if any
/// @param offset how far back from there, if any; negative looks ahead
public record Shift(@Nullable AtModifier at, @Nullable DurationExpr offset) {
  /// No modifier at all.
  public static final Shift NONE = new Shift(null, null);

  public Shift withAt(AtModifier modifier) {
    return new Shift(modifier, offset);
  }

  public Shift withOffset(DurationExpr duration) {
    return new Shift(at, duration);
  }
}
