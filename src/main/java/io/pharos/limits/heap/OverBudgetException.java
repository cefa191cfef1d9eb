package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

/// Thrown if more memory was requested than a bound allows. The refusal is already counted.
public final class OverBudgetException extends RuntimeException {
  private final MemoryBound budget;
  private final boolean passing;

  /// @param passing whether a retry may succeed, because the memory is only in use now
  OverBudgetException(MemoryBound budget, boolean passing, String message) {
    super(message);
    this.budget = budget;
    this.passing = passing;
  }

  /// Returns the bound that was exceeded.
  public MemoryBound budget() {
    return budget;
  }

  /// Whether a retry may succeed, because the memory is only in use now.
  public boolean isPassing() {
    return passing;
  }

  /// Returns the message for people.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
