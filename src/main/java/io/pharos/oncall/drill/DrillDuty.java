package io.pharos.oncall.drill;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.MultiGauge;
import io.micrometer.core.instrument.Tags;
import io.pharos.oncall.escalation.EscalationService;
import io.pharos.oncall.escalation.Ladder.Rung;
import io.pharos.oncall.schedule.DrillTimes;
import io.pharos.oncall.schedule.EscalationPolicy;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Measures when each level last acknowledged a drill, and which levels should have done so since.
final class DrillDuty {
  /// A level may acknowledge for so long after a scheduled begin, also in a drill that a person
  /// starts.
  static final Duration GRACE = Duration.ofDays(1);

  /* A level that has not acknowledged the newest ones is overdue. */
  private static final int DRILLS = 20;

  /* Longer than any distance between two drills of a rule that begins each year. */
  private static final Duration LOOK_BACK = Duration.ofDays(400);

  private final DrillStore store;
  private final MultiGauge last;
  private final MultiGauge overdue;

  DrillDuty(DrillStore store, MeterRegistry registry) {
    this.store = store;
    this.last =
        MultiGauge.builder("pharos_oncall_level_last_drill_timestamp_seconds")
            .description("Begin of the last drill that somebody on the level acknowledged.")
            .register(registry);
    this.overdue =
        MultiGauge.builder("pharos_oncall_level_drill_overdue")
            .description(
                "Whether nobody on the level has acknowledged a drill since the last scheduled one, a day or longer ago.")
            .register(registry);
  }

  /// Measures all levels anew.
  void measure(EscalationService policies, Instant now) {
    var lastRows = new ArrayList<MultiGauge.Row<?>>();
    var overdueRows = new ArrayList<MultiGauge.Row<?>>();
    for (EscalationPolicy policy : policies.policies()) {
      List<Drill> drills = store.newest(policy.name(), DRILLS);
      Optional<Instant> due = policy.drills().flatMap(times -> due(policy.name(), times, now));
      List<Rung> rungs = policies.ladder(policy.name()).orElseThrow().firstRound();
      for (Rung rung : rungs) {
        Tags tags = Tags.of("policy", policy.name(), "level", Integer.toString(rung.level()));
        Optional<Instant> acknowledged =
            drills.stream()
                .filter(drill -> hasAcknowledged(drill, rung.level()))
                .map(Drill::startedAt)
                .findFirst();
        acknowledged.ifPresent(
            at -> lastRows.add(MultiGauge.Row.of(tags, at.toEpochMilli() / 1000.0)));
        if (policy.drills().isPresent()) {
          boolean isOverdue =
              due.isPresent() && acknowledged.filter(at -> !at.isBefore(due.get())).isEmpty();
          overdueRows.add(MultiGauge.Row.of(tags, isOverdue ? 1 : 0));
        }
      }
    }
    last.register(lastRows, true);
    overdue.register(overdueRows, true);
  }

  /// Returns the last scheduled begin that is longer ago than [#GRACE].
  private Optional<Instant> due(String policy, DrillTimes times, Instant now) {
    Instant since = store.scheduledSince(policy, times.definition(), now);
    Instant until = now.minus(GRACE);
    Instant oldest = now.minus(LOOK_BACK);
    Instant from = since.isAfter(oldest) ? since : oldest;
    List<Instant> begins = from.isBefore(until) ? times.begins(from, until) : List.of();
    return begins.stream().reduce((_, later) -> later);
  }

  private static boolean hasAcknowledged(Drill drill, int level) {
    return drill.levels().stream()
        .anyMatch(it -> it.level() == level && it.state() == Drill.State.ACKNOWLEDGED);
  }
}
