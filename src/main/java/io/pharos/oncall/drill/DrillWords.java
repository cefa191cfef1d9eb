package io.pharos.oncall.drill;

import io.pharos.model.Labels;

/// The words of a drill's messages. They begin with the word drill in each language, so that nobody
/// takes them for an alert.
final class DrillWords {
  private DrillWords() {}

  /// Returns the annotations of the alert of a level.
  static Labels annotations(Drill drill, Drill.Level level) {
    int last = drill.levels().getLast().level();
    String why = drill.comment().isEmpty() ? "" : " (" + drill.comment() + ")";
    return Labels.of("title", "Fire drill of " + drill.policy() + ", level " + level.level())
        .toBuilder()
        .set("title_zh", "演练：%s 第 %d 级".formatted(drill.policy(), level.level()))
        .set(
            "summary",
            "This is a drill; nothing is wrong%s. Please acknowledge it: the time until then is recorded."
                .formatted(why))
        .set("summary_zh", "这是演练，没有任何故障%s。请确认：从通知到确认的时间会被记录。".formatted(why))
        .set(
            "description",
            "Level %d of %d. The drill goes on with the next level whether or not you acknowledge."
                .formatted(level.level(), last))
        .set("description_zh", "第 %d 级，共 %d 级。无论是否确认，演练都会继续到下一级。".formatted(level.level(), last))
        .build();
  }
}
