package io.pharos.oncall.escalation;

import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.model.Labels;
import io.pharos.oncall.escalation.Ladder.Rung;
import java.time.Duration;
import java.time.Instant;
import java.util.List;

/// The group by which a person is told that a shift has begun. It is a notice, no alert.
///
/// @param begin of the shift: each shift is another group, so each is told once
public record ShiftGroup(String rotation, String person, Instant begin) {
  /// Begin of the keys of all such groups.
  private static final String PREFIX = FlushContext.NOTICE + "shift:";

  private static final String PERSON = "person";

  /// Returns the labels of the group.
  public Labels labels() {
    return Labels.of("alertname", "PharosShift").toBuilder()
        .set("begin", begin.toString())
        .set(PERSON, person)
        .set("rotation", rotation)
        .build();
  }

  /// Returns the key of the group.
  public String key() {
    return PREFIX + labels();
  }

  /// Returns the receiver that messages name; no receiver has this name.
  public String receiver() {
    return "shift of " + rotation;
  }

  /// Whether a group is about a shift.
  public static boolean isShift(String groupKey) {
    return groupKey.startsWith(PREFIX);
  }

  /// Returns the only level of the group that is flushed.
  static Ladder ladder(FlushContext context) {
    return new Ladder(
        context.receiver(),
        List.of(
            new Rung(
                1,
                List.of(context.groupLabels().get(PERSON)),
                List.of(),
                Duration.ZERO,
                false,
                false)),
        false);
  }
}
