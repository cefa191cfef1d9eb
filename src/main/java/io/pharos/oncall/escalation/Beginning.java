package io.pharos.oncall.escalation;

import io.pharos.alerting.alert.TrackedAlert;
import io.pharos.alerting.pipeline.EscalationStep.Cause;
import io.pharos.alerting.pipeline.Escalations.Flush;
import io.pharos.alerting.pipeline.Reach;
import io.pharos.oncall.escalation.Escalation.Call;
import io.pharos.oncall.escalation.Escalation.Try;
import io.pharos.oncall.escalation.Ladder.Rung;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OnCallPerson;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Begins the policies of groups whose state is not known.
final class Beginning {
  private Beginning() {}

  /// Begins the policy of a group. A kill can come after messages were sent and before the state
  /// was stored; then the policy continues at the highest level that got a message.
  static Escalation of(Flush flush, PolicyPlan plan, Ladder ladder, List<DutyOverride> overrides) {
    Instant now = flush.context().now().truncatedTo(ChronoUnit.MICROS);
    String key = flush.context().groupKey();
    var calls = new ArrayList<Call>();
    for (int i = 0; i < ladder.rungs().size() && !ladder.rungs().get(i).startsRound(); i++) {
      Rung rung = ladder.rungs().get(i);
      for (String name : plan.onCall(rung, now, overrides)) {
        List<Try> tries = told(plan.people().get(name), rung, flush);
        if (!tries.isEmpty()) {
          Instant first = tries.getLast().at();
          calls.add(
              new Call(
                  i, rung.level(), name, rung.isImportant(), Cause.LEVEL, first, first, tries));
        }
      }
    }
    if (calls.isEmpty()) {
      return Escalation.begun(key, ladder.policy(), now);
    }
    Instant start = calls.stream().map(Call::since).min(Comparator.naturalOrder()).orElseThrow();
    Call last = calls.getLast();
    return new Escalation(
        key, ladder.policy(), start, last.rung(), last.since(), last.since(), calls, null, null, 0);
  }

  /* What was told before all firing alerts began was about an earlier time that has ended. */
  private static List<Try> told(@Nullable OnCallPerson person, Rung rung, Flush flush) {
    Instant now = flush.context().now();
    Instant oldest =
        flush.alerts().stream()
            .filter(alert -> !alert.isResolved(now))
            .map(TrackedAlert::startsAt)
            .min(Comparator.naturalOrder())
            .orElse(now);
    var tries = new ArrayList<Try>();
    int told = 0;
    for (OnCallPerson.Step step :
        person == null ? List.<OnCallPerson.Step>of() : person.steps(rung.isImportant())) {
      Optional<Instant> at =
          flush.reach().apply(step.way()).stream()
              .filter(reach -> reach.isToldSince(oldest))
              .map(Reach::last)
              .filter(Objects::nonNull)
              .map(entry -> entry.timestamp().truncatedTo(ChronoUnit.MICROS))
              .min(Comparator.naturalOrder());
      tries.add(new Try(step.way(), Cause.LEVEL, at.orElse(oldest), at.orElse(oldest)));
      if (at.isPresent()) {
        told = tries.size();
      }
    }
    return tries.subList(0, told);
  }
}
