package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

/// More memory was requested than a bound allows. Already counted when thrown.
public final class OverBudgetException extends RuntimeException {
  private final MemoryBound budget;
  private final boolean passing;

  /// @param passing whether a retry may succeed, because others hold the memory now
  OverBudgetException(MemoryBound budget, boolean passing, String message) {
    super(message);
    this.budget = budget;
    this.passing = passing;
  }

  /// The exceeded bound.
  public MemoryBound budget() {
    return budget;
  }

  /// Whether a retry may succeed, because others hold the memory now.
  public boolean isPassing() {
    return passing;
  }

  /// The message for people.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
