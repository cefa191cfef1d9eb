package io.pharos.alerting.dispatch;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.pharos.FlapRule;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Holds back the end of alerts that begin and end again and again, so that their group stays one
/// message instead of many. It only knows what was posted to this process since its start: after a
/// restart an alert counts as calm. The caller passes posts one at a time.
final class FlapDetector {
  /// Alerts whose changes are remembered, the last ones posted; each takes less than 3 kB.
  private static final int MAX_ALERTS = 5_000;

  private final KnownAlerts known;
  private final Counter held;
  private final Map<Fingerprint, Course> courses =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<Fingerprint, Course> eldest) {
          return size() > MAX_ALERTS;
        }
      };

  /// What was posted about an alert.
  private static final class Course {
    final Deque<Instant> changes = new ArrayDeque<>();
    boolean isFiring;
    @Nullable Instant heldEnd;
  }

  FlapDetector(KnownAlerts known, MeterRegistry registry) {
    this.known = known;
    held =
        Counter.builder("pharos.notifications.flapping")
            .description("Ends of alerts that were held back, because the alerts flap.")
            .register(registry);
  }

  /// Returns a posted alert as it counts: with a later end if it flaps.
  TrackedAlert tracked(Alert alert, AlertmanagerConfig config, Instant now) {
    TrackedAlert posted = TrackedAlert.of(alert, now, config.global().resolveTimeout());
    for (FlapRule rule : config.delivery().flapping()) {
      if (rule.matches(posted.labels())) {
        return counted(posted, rule, now);
      }
    }
    return posted;
  }

  /// Adds an alert that [#tracked] returned to the known alerts.
  KnownAlerts.Posted post(TrackedAlert alert, Instant now) {
    Course course = courses.get(alert.fingerprint());
    return course != null && alert.endsAt().equals(course.heldEnd)
        ? known.end(alert, now)
        : known.post(alert, now);
  }

  private TrackedAlert counted(TrackedAlert posted, FlapRule rule, Instant now) {
    Course course = courses.computeIfAbsent(posted.fingerprint(), _ -> new Course());
    boolean isOpen = known.get(posted.fingerprint()).filter(it -> !it.isResolved(now)).isPresent();
    boolean isFiring = !posted.isResolved(now);
    if (course.isFiring && !isOpen) {
      change(course, now); // it expired without a post
    }
    if (isFiring != (course.isFiring && isOpen)) {
      change(course, now);
    }
    course.isFiring = isFiring;
    Instant oldest = now.minus(rule.within());
    course.changes.removeIf(at -> at.isBefore(oldest));
    if (isFiring) {
      course.heldEnd = null;
      return posted;
    }
    Instant end = posted.endsAt().plus(rule.hold());
    boolean isHeld = end.equals(course.heldEnd);
    if (!isOpen || !end.isAfter(now) || (!isHeld && course.changes.size() < rule.changes())) {
      return posted;
    }
    if (!isHeld) {
      course.heldEnd = end;
      held.increment();
    }
    return posted.heldUntil(end);
  }

  private static void change(Course course, Instant now) {
    course.changes.addLast(now);
    if (course.changes.size() > FlapRule.MAX_CHANGES) {
      course.changes.removeFirst();
    }
  }
}
