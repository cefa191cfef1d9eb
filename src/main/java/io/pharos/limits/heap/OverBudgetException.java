package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

/// Thrown if more memory was requested than a bound allows. The refusal is already counted.
public final class OverBudgetException extends RuntimeException {
  private final MemoryBound bound;
  private final boolean temporary;

  /// @param bound the bound that was exceeded
  /// @param temporary whether a retry may succeed, because the memory is in use only temporarily
  OverBudgetException(MemoryBound bound, boolean temporary, String message) {
    super(message);
    this.bound = bound;
    this.temporary = temporary;
  }

  /// Returns the bound that was exceeded.
  public MemoryBound bound() {
    return bound;
  }

  /// Whether a retry may succeed, because the memory is in use only temporarily.
  public boolean isTemporary() {
    return temporary;
  }

  /// Returns the message for people.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
