package io.pharos.oncall.escalation;

import io.pharos.alerting.pipeline.Pipeline.FlushContext;
import io.pharos.model.Labels;
import io.pharos.oncall.escalation.Ladder.Rung;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/// The alert group by which a fire drill tells one person of one level. It belongs to no route: its
/// key begins with a word with which the key of no route begins, so no alert can get into it.
///
/// @param drill number of the drill
/// @param level number of the level, from 1
/// @param isImportant whether the person's rules for important messages apply
public record DrillGroup(String policy, long drill, int level, String person, boolean isImportant) {
  /// Begin of the keys of all such groups.
  public static final String PREFIX = "drill:";

  /// Label `alertname` of the groups.
  static final String NAME = "PharosDrill";

  private static final String IMPORTANT = "important";

  /// Returns the labels of the group.
  public Labels labels() {
    Labels.Builder labels =
        Labels.of("alertname", NAME).toBuilder()
            .set("drill", Long.toString(drill))
            .set("level", Integer.toString(level))
            .set("person", person)
            .set("policy", policy);
    return (isImportant ? labels.set(IMPORTANT, "true") : labels).build();
  }

  /// Returns the key of the group.
  public String key() {
    return PREFIX + labels();
  }

  /// Returns the receiver that messages name; no receiver has this name.
  public String receiver() {
    return "drill of " + policy;
  }

  /// Whether a group is one of a drill.
  public static boolean isDrill(String groupKey) {
    return groupKey.startsWith(PREFIX);
  }

  /// Returns the drill's group that is flushed; empty if it is another group.
  static Optional<DrillGroup> of(FlushContext context) {
    if (!isDrill(context.groupKey())) {
      return Optional.empty();
    }
    Labels labels = context.groupLabels();
    return Optional.of(
        new DrillGroup(
            labels.get("policy"),
            Long.parseLong(labels.get("drill")),
            Integer.parseInt(labels.get("level")),
            labels.get("person"),
            labels.has(IMPORTANT)));
  }

  /// Returns the only level of the group: the next level is another group.
  Ladder ladder() {
    return new Ladder(
        receiver(),
        List.of(new Rung(level, List.of(person), List.of(), Duration.ZERO, isImportant, false)),
        false);
  }
}
