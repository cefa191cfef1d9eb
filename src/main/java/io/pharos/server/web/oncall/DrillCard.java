package io.pharos.server.web.oncall;

import io.pharos.oncall.drill.Drill;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// The newest drill of a policy on the page.
///
/// @param at when it started; null if there was no drill
/// @param by who started it; empty for the schedule
/// @param state `running`, `passed` or `not passed`
/// @param css class of the state
record DrillCard(
    String policy,
    @Nullable PageTime at,
    String by,
    String comment,
    String state,
    String css,
    List<Row> rows) {
  /// A person of a level, or a level without one.
  ///
  /// @param person empty for nobody
  /// @param ways the ways by which the person was told; empty if there was no message
  /// @param after time until the acknowledgement; empty if nobody has acknowledged
  /// @param by who acknowledged; empty for nobody
  record Row(
      int level, String person, String ways, String state, String css, String after, String by) {
    private static Row of(Drill.Level level) {
      return new Row(level.level(), "", "", level.state().text(), css(level.state()), "", "");
    }

    private static Row of(Drill.Level level, Drill.Call call) {
      Instant taken = call.acknowledgedAt();
      Instant told = level.toldAt();
      return new Row(
          level.level(),
          call.person(),
          call.ways().stream()
              .map(way -> (way.outcome() == Drill.Way.Outcome.SENT ? "✓ " : "✗ ") + way.receiver())
              .collect(Collectors.joining(", ")),
          call.state().text(),
          css(call.state()),
          taken == null || told == null ? "" : PageTime.span(Duration.between(told, taken)),
          taken == null ? "" : PageText.of(call.acknowledgedBy()));
    }

    private static String css(Drill.State state) {
      return switch (state) {
        case ACKNOWLEDGED -> "ok";
        case DELIVERED -> "warning";
        case SENDING -> "pending";
        case WAITING -> "inactive";
        case MUTED -> "muted";
        case FAILED, NOBODY -> "failed";
      };
    }
  }

  /// Returns the card of a policy that has not been drilled.
  static DrillCard none(String policy) {
    return new DrillCard(policy, null, "", "", "", "", List.of());
  }

  static DrillCard of(Drill drill, Instant now) {
    var rows = new ArrayList<Row>();
    for (Drill.Level level : drill.levels()) {
      if (level.calls().isEmpty()) {
        rows.add(Row.of(level));
      }
      level.calls().forEach(call -> rows.add(Row.of(level, call)));
    }
    return new DrillCard(
        drill.policy(),
        PageTime.of(drill.startedAt(), now),
        PageText.of(drill.by()),
        PageText.of(drill.comment()),
        drill.isOpen() ? "running" : drill.isPassed() ? "passed" : "not passed",
        drill.isOpen() ? "running" : drill.isPassed() ? "pass" : "fail",
        rows);
  }
}
