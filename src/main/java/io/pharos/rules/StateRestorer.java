package io.pharos.rules;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Restores the times since which alerts were active before a restart. Reads them from the
/// `ALERTS_FOR_STATE` series that the earlier process wrote.
final class StateRestorer {
  private static final Logger LOG = LoggerFactory.getLogger(StateRestorer.class);

  /// The last stored state of an alert.
  ///
  /// @param activeAt time since which the alert was active, in Unix milliseconds, but rounded down
  ///   to seconds as in Prometheus
  /// @param writtenAt time of the sample with this state, in the same form
  private record Remembered(long activeAt, long writtenAt) {}

  private final Queryable history;
  private final RuleOptions options;
  private final long activeUntil;

  /// @param maxAge maximum time between the last sample of an alert that is restored and the newest
  ///   sample of the earlier process: an older alert ended while its end could not be stored
  StateRestorer(RuleContext context, Duration maxAge) {
    this.history = context.history();
    this.options = context.options();
    this.activeUntil =
        context
            .continuity()
            .newestBefore()
            .map(newest -> newest.minus(maxAge).toEpochMilli())
            .orElse(Long.MIN_VALUE);
  }

  /// Restores the alerts of a rule. If `for` of the rule is shorter than the grace period, its
  /// alerts start again, because a restored alert would have to wait for the grace period; those
  /// that had fired and are uncertain now continue. Alerts also start again if the store can't be
  /// read.
  void restore(AlertingRule rule, long now) {
    if (rule.isRestored()) {
      return;
    }
    boolean isLong = rule.holdFor().compareTo(options.forGracePeriod()) >= 0;
    try {
      if (isLong || rule.active().stream().anyMatch(StateRestorer::isOpen)) {
        Map<Labels, Remembered> remembered = remembered(rule, now);
        Set<Labels> fired = newest(rule.series().firingMatchers(), now).keySet();
        for (ActiveAlert alert : rule.active()) {
          Remembered earlier = remembered.get(alert.labels);
          if (earlier != null) {
            restore(alert, rule, earlier, now, fired.contains(alert.labels), isLong);
          }
        }
      }
    } catch (RuntimeException e) {
      LOG.warn("The state of rule {} can't be restored; its alerts start again", rule.name(), e);
    }
    rule.setRestored();
  }

  private static boolean isOpen(ActiveAlert alert) {
    return alert.uncertain && alert.state == AlertState.PENDING;
  }

  /* An alert that had fired stays so, although missing samples may make its condition uncertain. */
  private void restore(
      ActiveAlert alert,
      AlertingRule rule,
      Remembered earlier,
      long now,
      boolean fired,
      boolean isLong) {
    boolean open = isOpen(alert);
    if (isLong) {
      alert.activeAt = activeAt(rule, earlier, now);
      alert.uncertain = false;
    }
    if (fired && open) {
      alert.activeAt = earlier.activeAt;
      alert.state = AlertState.FIRING;
      alert.firedAt = now;
    }
  }

  /// Continues the alerts that had fired before the restart and about which the rule's last
  /// evaluation says nothing. Otherwise they would expire at the receiver, which would report that
  /// they are resolved. Does nothing if the store can't be read.
  void continueUnknown(AlertingRule rule, long now) {
    try {
      Set<Labels> fired = newest(rule.series().firingMatchers(), now).keySet();
      remembered(rule, now)
          .forEach(
              (labels, earlier) -> {
                if (fired.contains(labels) && rule.mayExistUnseen(labels)) {
                  rule.resume(labels, earlier.activeAt, now);
                }
              });
    } catch (RuntimeException e) {
      LOG.warn("The firing alerts of rule {} can't be continued", rule.name(), e);
    }
  }

  private Map<Labels, Remembered> remembered(AlertingRule rule, long now) {
    return newest(rule.series().forStateMatchers(), now);
  }

  /* Returns the newest samples of series that have not ended, by the labels of their alert. */
  private Map<Labels, Remembered> newest(List<LabelMatcher> matchers, long now) {
    long from = now - options.outageTolerance().toMillis();
    SeriesSet series = history.select(matchers, from, now);
    var found = new HashMap<Labels, Remembered>();
    var window = new SampleWindow();
    for (int i = 0; i < series.size(); i++) {
      window.clear();
      series.read(i, from, now, window);
      int last = window.size() - 1;
      if (last >= 0
          && !StaleMarker.is(window.value(last))
          && window.timestamp(last) >= activeUntil) {
        long activeAt = ((long) window.value(last)) * 1000;
        long writtenAt = Math.floorDiv(window.timestamp(last), 1000) * 1000;
        Labels alert =
            series.labels(i).withoutMetricName().without(Set.of(AlertSeries.ALERT_STATE));
        found.put(alert, new Remembered(activeAt, writtenAt));
      }
    }
    return found;
  }

  /* As in Prometheus (rules/group.go, RestoreForState): an alert that had been active for the
   * duration of `for` fires. An alert that would fire within the grace period waits for the
   * whole period, so that a scrape can show that the condition has ended. For other alerts, the
   * downtime does not count towards `for`. */
  private long activeAt(AlertingRule rule, Remembered earlier, long now) {
    long hold = rule.holdFor().toMillis();
    long grace = options.forGracePeriod().toMillis();
    long remaining = hold - (earlier.writtenAt - earlier.activeAt);
    if (remaining <= 0) {
      return earlier.activeAt;
    }
    if (remaining < grace) {
      return now + grace - hold;
    }
    return earlier.activeAt + (now - earlier.writtenAt);
  }
}
