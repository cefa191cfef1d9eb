package io.pharos.alerting.alert;

import io.pharos.model.Labels;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The course of an alert as its rule saw it. An alert that is sent says only when it fired, and
/// what is measured now.
///
/// @param began when the condition became true, before the rule's `for`
/// @param endedAt when it resolved; null before that
/// @param worst the annotations at the worst value; empty if it is unknown which value was worst
public record AlertCourse(Instant began, @Nullable Instant endedAt, Labels worst) {
  /// Whether this is the course of an alert that fired at a time, not that of an earlier one with
  /// the same labels.
  private boolean isOf(Instant firedAt) {
    return !began.isAfter(firedAt) && (endedAt == null || endedAt.isAfter(firedAt));
  }

  /// Knows the courses of alerts.
  @FunctionalInterface
  public interface Source {
    /// A source that knows none.
    Source NONE = _ -> Optional.empty();

    /// Returns the last course of the alert with these labels.
    Optional<AlertCourse> last(Labels alert);

    /// Returns the course of the alert that fired at a time.
    default Optional<AlertCourse> of(Labels alert, Instant firedAt) {
      return last(alert).filter(course -> course.isOf(firedAt));
    }
  }
}
