package io.pharos.promql.ast;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The modifiers that shift a selector or a subquery in time.
///
/// @param at replaces the evaluation time, if present
/// @param offset how far back from there, if present; negative is forward
public record Shift(@Nullable AtModifier at, @Nullable DurationExpr offset) {
  /// No modifier.
  public static final Shift NONE = new Shift(null, null);

  /// Returns a copy with a fixed time.
  public Shift withAt(AtModifier modifier) {
    return new Shift(modifier, offset);
  }

  /// Returns a copy with another offset.
  public Shift withOffset(DurationExpr duration) {
    return new Shift(at, duration);
  }

  /// Returns a copy with a changed offset, if there is one.
  Shift map(UnaryOperator<DurationExpr> change) {
    return offset == null ? this : new Shift(at, change.apply(offset));
  }
}
