package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

/// Thrown if more memory was requested than a bound allows. The refusal is already counted.
public final class OverBudgetException extends RuntimeException {
  private final MemoryBound bound;
  private final boolean passing;

  /// @param bound the bound that was exceeded
  /// @param passing whether a retry may succeed, because the memory is in use only temporarily
  OverBudgetException(MemoryBound bound, boolean passing, String message) {
    super(message);
    this.bound = bound;
    this.passing = passing;
  }

  /// Returns the bound that was exceeded.
  public MemoryBound bound() {
    return bound;
  }

  /// Whether a retry may succeed, because the memory is in use only temporarily.
  public boolean isPassing() {
    return passing;
  }

  /// Returns the message for people.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
