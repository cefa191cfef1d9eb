package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.pipeline.TimeIntervals;
import io.pharos.alerting.silence.Inhibitor;
import io.pharos.alerting.silence.Silences;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.function.Predicate;

/// A snapshot of alerts and groups for the API and metrics: their receivers, and what mutes them.
record AlertOverview(
    Route root, Silences silences, Inhibitor inhibitor, TimeIntervals intervals, Instant now) {
  /// Returns the unresolved alerts, by fingerprint.
  ///
  /// @param receivers selects alerts that a route leads to such a receiver
  List<AlertStatus> alerts(Collection<TrackedAlert> all, Predicate<String> receivers) {
    return current(all, Comparator.comparing(TrackedAlert::fingerprint)).stream()
        .map(alert -> state(alert, List.of()))
        .filter(state -> state.receivers().stream().anyMatch(receivers))
        .toList();
  }

  private List<TrackedAlert> current(Collection<TrackedAlert> all, Comparator<TrackedAlert> order) {
    return all.stream().filter(alert -> !alert.isResolved(now)).sorted(order).toList();
  }

  private AlertStatus state(TrackedAlert alert, List<String> mutedBy) {
    return new AlertStatus(
        alert,
        root.match(alert.labels()).stream().map(Route::receiver).toList(),
        silences.mutedBy(alert.labels()),
        inhibitor.inhibitedBy(alert.labels(), now).stream().toList(),
        mutedBy);
  }

  /// Returns the groups by labels and receiver, with their unresolved alerts.
  ///
  /// @param receivers selects groups of such receivers; their alerts list no others
  List<GroupState> groups(Collection<AlertGroup> groups, Predicate<String> receivers) {
    var all = new ArrayList<GroupState>();
    for (AlertGroup group : groups) {
      Route route = group.route();
      if (!receivers.test(route.receiver())) {
        continue;
      }
      List<String> mutedBy = intervals.muting(route.muteIntervals(), route.activeIntervals(), now);
      all.add(
          new GroupState(
              group.labels(),
              route.receiver(),
              group.key(),
              current(group.snapshot(), TrackedAlert.ORDER).stream()
                  .map(alert -> state(alert, mutedBy).within(receivers))
                  .toList()));
    }
    all.sort(GroupState.ORDER);
    return all;
  }

  DispatchMetrics.Counts count(Collection<TrackedAlert> all) {
    long active = 0;
    long suppressed = 0;
    for (TrackedAlert alert : all) {
      if (!alert.isResolved(now)) {
        boolean muted =
            !silences.mutedBy(alert.labels()).isEmpty()
                || inhibitor.inhibitedBy(alert.labels(), now).isPresent();
        if (muted) {
          suppressed++;
        } else {
          active++;
        }
      }
    }
    return new DispatchMetrics.Counts(active, suppressed, now);
  }
}
