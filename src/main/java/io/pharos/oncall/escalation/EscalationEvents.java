package io.pharos.oncall.escalation;

import io.pharos.alerting.pipeline.EscalationStep.Cause;
import io.pharos.oncall.episode.EpisodeEvent;
import io.pharos.oncall.escalation.Escalation.Call;
import io.pharos.oncall.escalation.Escalation.Try;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// The steps that the timelines of episodes do not have yet. An episode is recorded a moment after
/// its first message, so they wait for it.
public final class EscalationEvents {
  /// Events of groups without an episode are dropped after so long.
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  /// Adds events to timelines.
  public interface Log {
    /// Adds events to the timeline of a group's episode, which must have been open at their time.
    ///
    /// @return false if there is no such episode yet
    boolean add(String groupKey, List<EpisodeEvent> events);
  }

  private final Log log;
  private final Map<String, List<EpisodeEvent>> waiting = new HashMap<>();

  EscalationEvents(Log log) {
    this.log = log;
  }

  /// Remembers the steps between two states.
  synchronized void add(@Nullable Escalation before, Escalation after) {
    if (ShiftGroup.isShift(after.groupKey())) {
      return; // it has no episode
    }
    var steps = new ArrayList<EpisodeEvent>();
    List<Call> earlier = before == null ? List.of() : before.calls();
    for (int i = 0; i < after.calls().size(); i++) {
      Call call = after.calls().get(i);
      int known = i < earlier.size() ? earlier.get(i).tries().size() : 0;
      call.tries().stream().skip(known).forEach(one -> steps.add(event(after, call, one)));
    }
    Instant fallback = after.fallbackAt();
    if (fallback != null && (before == null || before.fallbackAt() == null)) {
      steps.add(event(after, "fallback", fallback, after.policy() + ": fallback", Cause.FALLBACK));
    }
    if (!steps.isEmpty()) {
      waiting.computeIfAbsent(after.groupKey(), _ -> new ArrayList<>()).addAll(steps);
    }
  }

  private static EpisodeEvent event(Escalation state, Call call, Try one) {
    return event(
        state,
        call.rung() + ":" + call.person() + ":" + call.tries().indexOf(one),
        one.at(),
        "%s, level %d: %s by %s".formatted(state.policy(), call.level(), call.person(), one.way()),
        one.cause());
  }

  private static EpisodeEvent event(
      Escalation state, String step, Instant at, String subject, Cause cause) {
    return new EpisodeEvent(
        "escalated:" + state.startedAt().toEpochMilli() + ":" + step,
        EpisodeEvent.Kind.ESCALATED,
        at,
        subject,
        switch (cause) {
          case LEVEL, RULE, OWNER -> "";
          case NEXT_WAY -> "the way before did not confirm";
          case NOBODY_REACHED -> "nobody on the level before could be reached";
          case FALLBACK -> "nobody could be reached";
        },
        null,
        "");
  }

  /// Adds the waiting events to the timelines whose episodes are recorded.
  void record(Instant now) {
    Map<String, List<EpisodeEvent>> all = new HashMap<>();
    synchronized (this) {
      waiting.forEach((key, events) -> all.put(key, List.copyOf(events)));
    }
    all.forEach(
        (key, events) -> {
          if (log.add(key, events) || !events.getFirst().at().plus(PATIENCE).isAfter(now)) {
            synchronized (this) {
              waiting.computeIfPresent(
                  key,
                  (_, left) ->
                      left.size() == events.size()
                          ? null
                          : new ArrayList<>(left.subList(events.size(), left.size())));
            }
          }
        });
  }
}
