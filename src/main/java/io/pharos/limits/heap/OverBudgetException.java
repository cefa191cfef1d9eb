package io.pharos.limits.heap;

import static java.util.Objects.requireNonNull;

/// Something that would take more than there is for it. Counted already where it is thrown.
public final class OverBudgetException extends RuntimeException {
  private final MemoryBound budget;
  private final boolean passing;

  /// @param passing whether it may work later, since others take the room now
  OverBudgetException(MemoryBound budget, boolean passing, String message) {
    super(requireNonNull(message, "message is null"));
    this.budget = requireNonNull(budget, "budget is null");
    this.passing = passing;
  }

  public MemoryBound budget() {
    return budget;
  }

  /// Whether it may work later, since others take the room now.
  public boolean isPassing() {
    return passing;
  }

  /// What people are told.
  public String reason() {
    return requireNonNull(getMessage(), "message is null");
  }
}
