package io.pharos.rules;

import static java.util.Comparator.comparingInt;
import static java.util.Comparator.comparingLong;
import static java.util.Objects.requireNonNull;

import io.pharos.alerting.alert.AlertSink;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.value.Query;
import io.pharos.rules.gap.GapFills;
import io.pharos.rules.gap.UncheckedEvaluations;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.trouble.ObservationGaps;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Restores the times since which alerts were active before a restart. Reads them from the
/// `ALERTS_FOR_STATE` series that the earlier process wrote.
final class StateRestorer {
  private static final Logger LOG = LoggerFactory.getLogger(StateRestorer.class);

  /* The default lookback of PromQL: older samples are not read as current. */
  private static final long LOOKBACK_MILLIS = 300_000;

  /// The last stored state of an alert.
  ///
  /// @param activeAt time since which the alert was active, in Unix milliseconds, but rounded down
  ///   to seconds as in Prometheus
  /// @param last the last evaluations in which it was active
  private record Remembered(long activeAt, UncheckedEvaluations last) {
    /* In the form of `activeAt`. */
    long writtenAt() {
      return Math.floorDiv(last.evaluations().getLast().slot(), 1000) * 1000;
    }

    /* Returns the time since which the alert was certain; empty if it was not at last. */
    OptionalLong certainSince(Labels alert, List<UncheckedEvaluations.Checked> checks) {
      OptionalLong since = OptionalLong.of(activeAt);
      for (UncheckedEvaluations.Checked check : checks) {
        long at = check.evaluation().slot();
        if (at >= activeAt) {
          boolean certain = check.certainty().isCertain(alert);
          since = certain ? OptionalLong.of(since.orElse(at)) : OptionalLong.empty();
        }
      }
      return since;
    }
  }

  private final RuleContext context;
  private final Queryable history;
  private final RuleOptions options;
  private final AlertSink sink;
  private final OptionalLong activeUntil;

  /// @param maxAge maximum time between the last sample of an alert that is restored and the newest
  ///   sample of earlier processes, without the times in which none ran: an older alert ended while
  ///   its end could not be stored
  StateRestorer(RuleContext context, Duration maxAge) {
    this.context = context;
    this.history = context.history();
    this.options = context.options();
    this.sink = context.sink();
    this.activeUntil =
        context.continuity().newestBefore().stream()
            .mapToLong(newest -> activeUntil(newest.toEpochMilli(), maxAge.toMillis()))
            .findFirst();
  }

  /* An earlier process may have ended before it evaluated the rules. */
  private long activeUntil(long newest, long maxAge) {
    List<ObservationGaps.Missing> absences =
        context.blindness().missing(newest).stream()
            .filter(gap -> gap.labels().isEmpty() && !gap.hasOpenStart())
            .sorted(comparingLong(ObservationGaps.Missing::toMillis).reversed())
            .toList();
    long at = newest;
    long left = maxAge;
    for (ObservationGaps.Missing absence : absences) {
      long ran = Math.max(0, at - absence.toMillis());
      if (ran >= left) {
        break;
      }
      left -= ran;
      at = Math.min(at, absence.fromMillis());
    }
    return at - left;
  }

  /// Restores the alerts of a rule. If `for` of the rule is shorter than the grace period, its
  /// alerts start again, because a restored alert would have to wait for the grace period; those
  /// that had fired continue as soon as they are uncertain. Alerts also start again if the store
  /// can't be read. The rule then ends the stored series of the alerts that are over.
  void restore(AlertingRule rule, long now) {
    if (rule.isRestored()) {
      return;
    }
    boolean isLong = rule.holdFor().compareTo(options.forGracePeriod()) >= 0;
    try {
      if (isLong || rule.active().stream().anyMatch(it -> it.state == AlertState.PENDING)) {
        Map<Labels, Remembered> remembered = remembered(rule, now);
        Set<Labels> fired = fired(rule, now);
        remembered
            .entrySet()
            .removeIf(it -> isTooOld(it.getValue(), now) && !fired.contains(it.getKey()));
        if (isLong) {
          keepCertain(rule, remembered, fired, now);
        }
        for (ActiveAlert alert : rule.active()) {
          Remembered earlier = remembered.get(alert.labels);
          if (earlier != null) {
            restore(alert, rule, earlier, now, fired.contains(alert.labels), isLong);
          }
        }
      }
      var open = new HashSet<>(rule.written());
      open.addAll(open(rule.series().forStateMatchers(), now).keySet());
      open.addAll(open(rule.series().stateMatchers(), now).keySet());
      rule.setWritten(open);
    } catch (RuntimeException e) {
      LOG.warn("The state of rule {} can't be restored; its alerts start again", rule.name(), e);
    }
    rule.setRestored();
  }

  /* The earlier process may have ended before it checked its last evaluations. Of an alert that was
   * uncertain in one of them, only the time after it counts. One that had fired was certain. */
  private void keepCertain(
      AlertingRule rule, Map<Labels, Remembered> remembered, Set<Labels> fired, long now) {
    var pending = new HashMap<>(remembered);
    pending.keySet().retainAll(rule.active().stream().map(alert -> alert.labels).toList());
    pending.keySet().removeAll(fired);
    pending.values().stream()
        .map(Remembered::last)
        .max(comparingInt(last -> last.evaluations().size()))
        .map(longest -> rule.check(longest, context, now))
        .ifPresent(
            checks ->
                pending.forEach(
                    (alert, it) -> {
                      remembered.remove(alert);
                      it.certainSince(alert, checks)
                          .ifPresent(from -> remembered.put(alert, new Remembered(from, it.last)));
                    }));
  }

  /* An alert that had fired stays so, although missing samples may make its condition uncertain. */
  private void restore(
      ActiveAlert alert,
      AlertingRule rule,
      Remembered earlier,
      long now,
      boolean fired,
      boolean isLong) {
    boolean isOpen = alert.uncertain && alert.state == AlertState.PENDING;
    if (isLong) {
      alert.activeAt = activeAt(rule, earlier, now);
      alert.uncertain = false;
    }
    if (fired && isOpen) {
      alert.fireAgain(earlier.activeAt, now);
    } else if (fired) {
      alert.hadFired(earlier.activeAt);
    }
  }

  /// Continues the alerts that had fired before the restart and about which the rule's last
  /// evaluation says nothing, or nothing certain. Otherwise they would expire at the receiver,
  /// which would report that they are resolved. Does nothing if the store can't be read.
  void continueUnknown(AlertingRule rule, long now) {
    try {
      Set<Labels> fired = fired(rule, now);
      Map<Labels, Remembered> remembered = remembered(rule, now);
      remembered.keySet().retainAll(fired);
      rule.active().stream()
          .filter(alert -> alert.state == AlertState.PENDING)
          .filter(alert -> alert.uncertain || !rule.isComplete())
          .filter(alert -> remembered.containsKey(alert.labels))
          .forEach(it -> it.fireAgain(requireNonNull(remembered.get(it.labels)).activeAt, now));
      remembered.forEach(
          (labels, earlier) -> {
            if (rule.mayExistUnseen(labels)) {
              rule.resume(labels, earlier.activeAt, now);
            }
          });
    } catch (RuntimeException e) {
      LOG.warn("The firing alerts of rule {} can't be continued", rule.name(), e);
    }
  }

  /// Ends those series of an earlier process that a recording rule does not return, whatever the
  /// missing samples are. Otherwise other rules would read their old values beside new ones. Alerts
  /// that read a series that the rule may return do not begin until it is over. Ends none of a
  /// metric that several rules record, because the series do not show their rule.
  ///
  /// @param at time of the rule's last result, which is complete, in Unix milliseconds
  void endEarlier(RecordingRule rule, long at, ResultWriter results) {
    Query query = rule.expression().at(at);
    GapFills fills = context.fills();
    var ended = new HashSet<Labels>();
    var unknown = new HashSet<Labels>();
    if (fills.isRecordedOnce(rule.name())) {
      ended.addAll(open(rule.matchers(), at - LOOKBACK_MILLIS, at).keySet());
      ended.removeAll(rule.written());
    }
    if (!ended.isEmpty()) {
      Set<Labels> ever =
          fills.evaluate(query, at).map(it -> it.certainty(rule::recorded).ever()).orElse(Set.of());
      ended.stream().filter(ever::contains).map(Labels::withoutMetricName).forEach(unknown::add);
      ended.removeAll(ever);
    }
    fills.setUnknown(rule.name(), unknown);
    rule.setRestored(results.markStale(List.copyOf(ended), at) && unknown.isEmpty());
  }

  private Map<Labels, Remembered> remembered(AlertingRule rule, long now) {
    return newest(rule, rule.series().forStateMatchers(), now);
  }

  private Set<Labels> fired(AlertingRule rule, long now) {
    return newest(rule, rule.series().firingMatchers(), now).keySet();
  }

  /* Returns the newest samples of alerts that have not ended, by their labels. */
  private Map<Labels, Remembered> newest(AlertingRule rule, List<LabelMatcher> matchers, long now) {
    var found = new HashMap<Labels, Remembered>();
    open(matchers, now)
        .forEach(
            (series, last) -> {
              Labels alert = series.withoutMetricName().without(Set.of(AlertSeries.ALERT_STATE));
              long slot = last.slots.getLast();
              if (slot >= activeUntil.orElse(Long.MIN_VALUE)
                  && !endedAfter(slot, rule.sent(alert))) {
                long activeAt = ((long) last.value) * 1000;
                found.put(alert, new Remembered(activeAt, UncheckedEvaluations.lastOf(last.slots)));
              }
            });
    return found;
  }

  /// The samples of a series since its last end.
  ///
  /// @param slots their times, at least one
  /// @param value the last value
  private record Open(List<Long> slots, double value) {}

  private Map<Labels, Open> open(List<LabelMatcher> matchers, long now) {
    return open(matchers, Math.min(activeUntil.orElse(Long.MAX_VALUE), tolerated(now)), now);
  }

  private long tolerated(long now) {
    return now - options.outageTolerance().toMillis();
  }

  /* After a longer outage, `for` of an alert that had not fired begins anew. One that had fired
   * continues however long the outage was: Pharos did not see its end. */
  private boolean isTooOld(Remembered earlier, long now) {
    return earlier.last.evaluations().getLast().slot() < tolerated(now);
  }

  private Map<Labels, Open> open(List<LabelMatcher> matchers, long from, long now) {
    SeriesSet series = history.select(matchers, from, now);
    var found = new HashMap<Labels, Open>();
    var window = new SampleWindow();
    for (int i = 0; i < series.size(); i++) {
      window.clear();
      series.read(i, from, now, window);
      var slots = new ArrayList<Long>();
      for (int at = 0; at < window.size(); at++) {
        slots.add(window.timestamp(at));
        if (StaleMarker.is(window.value(at))) {
          slots.clear();
        }
      }
      if (!slots.isEmpty()) {
        found.put(series.labels(i), new Open(slots, window.value(window.size() - 1)));
      }
    }
    return found;
  }

  /* The end of an alert may have been told although no sample could be stored, on a full disk for
   * example. The alert must not be told again because its series has no end. */
  private boolean endedAfter(long millis, Labels sent) {
    return sink.postedEnd(sent).stream().anyMatch(end -> end.toEpochMilli() > millis);
  }

  /* As in Prometheus (rules/group.go, RestoreForState): an alert that had been active for the
   * duration of `for` fires. An alert that would fire within the grace period waits for the
   * whole period, so that a scrape can show that the condition has ended. For other alerts, the
   * downtime does not count towards `for`. */
  private long activeAt(AlertingRule rule, Remembered earlier, long now) {
    long hold = rule.holdFor().toMillis();
    long grace = options.forGracePeriod().toMillis();
    long remaining = hold - (earlier.writtenAt() - earlier.activeAt);
    if (remaining <= 0) {
      return earlier.activeAt;
    }
    if (remaining < grace) {
      return now + grace - hold;
    }
    return earlier.activeAt + (now - earlier.writtenAt());
  }
}
