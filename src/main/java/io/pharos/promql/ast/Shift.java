package io.pharos.promql.ast;

import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// The modifiers that shift a selector or a subquery in time.
///
/// @param at time to use instead of the evaluation time, or null
/// @param offset how long before that time the samples are read, or null; negative for a later time
public record Shift(@Nullable AtModifier at, @Nullable DurationExpr offset) {
  /// No modifier.
  public static final Shift NONE = new Shift(null, null);

  /// Returns a copy with this `@` modifier.
  public Shift withAt(AtModifier modifier) {
    return new Shift(modifier, offset);
  }

  /// Returns a copy with this offset.
  public Shift withOffset(DurationExpr duration) {
    return new Shift(at, duration);
  }

  /// Returns a copy with the offset replaced by the result of `change`, if there is an offset.
  Shift map(UnaryOperator<DurationExpr> change) {
    return offset == null ? this : new Shift(at, change.apply(offset));
  }
}
