package io.pharos.oncall.schedule;

import io.pharos.model.Quoted;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Supplier;

/// The plan of the file together with the overrides that people make. Thread-safe.
public final class OnCallSchedule {
  /// Maximum number of overrides. Each request reads all of them, in a few milliseconds.
  static final int MAX_OVERRIDES = 1_000;

  /// Overrides that ended longer ago are deleted.
  static final Duration KEPT = Duration.ofDays(90);

  /// Maximum length of a comment.
  static final int MAX_COMMENT = 400;

  private final Supplier<OnCallPlan> plan;
  private final OverrideStore store;
  private final InstantSource clock;

  /// Creates the schedule.
  ///
  /// @param plan supplies the plan that was read last
  public OnCallSchedule(Supplier<OnCallPlan> plan, OverrideStore store, InstantSource clock) {
    this.plan = plan;
    this.store = store;
    this.clock = clock;
  }

  /// Returns the plan of the file.
  public OnCallPlan plan() {
    return plan.get();
  }

  /// Returns the overrides that people made, sorted by begin.
  public List<DutyOverride> overrides() {
    return store.all();
  }

  /// Returns whether an override still counts: its rotation and its people are in the file.
  public boolean counts(DutyOverride override) {
    OnCallPlan current = plan.get();
    return current.rotation(override.rotation()).isPresent()
        && current.hasPerson(override.person())
        && (override.insteadOf().isEmpty() || current.hasPerson(override.insteadOf()));
  }

  /// Returns the overrides that still count.
  public List<DutyOverride> counting() {
    return store.all().stream().filter(this::counts).toList();
  }

  /// What became of an override.
  public sealed interface Outcome {
    /// It is stored.
    record Stored() implements Outcome {}

    /// There are too many.
    record Full(String message) implements Outcome {}

    /// A field is invalid.
    record Invalid(String field, String value, String expected) implements Outcome {
      /// Returns the refusal as a sentence.
      public String message() {
        return "%s: expected %s, found %s".formatted(field, expected, Quoted.of(value));
      }
    }
  }

  /// Stores an override instead of the one with the same id.
  public Outcome set(DutyOverride override) {
    OnCallPlan current = plan.get();
    if (!OnCallFile.isName(override.id())) {
      return new Outcome.Invalid(
          "id",
          override.id(),
          "1 to 64 letters, digits, . _ and -, beginning with a letter or digit");
    }
    if (current.rotation(override.rotation()).isEmpty()) {
      return new Outcome.Invalid("rotation", override.rotation(), "a rotation of oncall.yml");
    }
    if (!current.hasPerson(override.person())) {
      return new Outcome.Invalid("person", override.person(), "a person of oncall.yml");
    }
    String insteadOf = override.insteadOf();
    if (!insteadOf.isEmpty()
        && (!current.hasPerson(insteadOf) || insteadOf.equals(override.person()))) {
      return new Outcome.Invalid("instead_of", insteadOf, "another person of oncall.yml");
    }
    if (override.swaps() && insteadOf.isEmpty()) {
      return new Outcome.Invalid("instead_of", "", "the other person of the swap");
    }
    Instant now = clock.instant();
    if (!override.from().isBefore(override.until())
        || !override.until().isAfter(now)
        || override.until().isAfter(now.plus(Rotation.HORIZON))) {
      return new Outcome.Invalid(
          "until",
          override.until().toString(),
          "a time after from and after now, at most 400 days from now");
    }
    if (override.comment().length() > MAX_COMMENT) {
      return new Outcome.Invalid(
          "comment",
          override.comment().length() + " characters",
          "at most " + MAX_COMMENT + " characters");
    }
    store.prune(now.minus(KEPT));
    List<DutyOverride> stored = store.all();
    if (stored.size() >= MAX_OVERRIDES
        && stored.stream().noneMatch(it -> it.id().equals(override.id()))) {
      return new Outcome.Full(
          "there are %d overrides, expected at most %d; delete old ones"
              .formatted(stored.size(), MAX_OVERRIDES));
    }
    store.put(override);
    return new Outcome.Stored();
  }

  /// Deletes an override. Returns false if there is none with that id.
  public boolean remove(String id) {
    return store.delete(id);
  }
}
