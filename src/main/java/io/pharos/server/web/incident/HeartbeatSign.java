package io.pharos.server.web.incident;

import io.pharos.rules.GroupSnapshot;
import io.pharos.rules.RuleManager;
import io.pharos.server.web.design.PageTime;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Named;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Objects;
import java.util.Optional;

/// The sign in the corner of each page that alerting works: rules are evaluated, and the alert that
/// fires always does so.
@ApplicationScoped
@Named("heartbeat")
public class HeartbeatSign {
  /// Without an evaluation for this long, no rule of a usual interval is evaluated.
  private static final Duration MAX_SILENCE = Duration.ofMinutes(2);

  /// What the corner shows.
  ///
  /// @param state `up` or `unknown`, the class in the style sheet
  /// @param text the sentence on hover
  public record Sign(String state, String word, String text) {}

  private final IncidentBoard boards;
  private final RuleManager rules;

  HeartbeatSign(IncidentBoard boards, RuleManager rules) {
    this.boards = boards;
    this.rules = rules;
  }

  /// Returns the sign.
  public Sign now() {
    Board board = boards.now();
    Optional<Instant> last =
        rules.groups().stream()
            .map(GroupSnapshot::lastEvaluation)
            .filter(Objects::nonNull)
            .max(Comparator.naturalOrder());
    if (last.isEmpty()) {
      return new Sign("unknown", "no heartbeat", "No rule has been evaluated yet.");
    }
    String evaluated = "The last rule was evaluated " + PageTime.of(last.get(), board.at()).ago();
    if (last.get().plus(MAX_SILENCE).isBefore(board.at())) {
      return new Sign("unknown", "no heartbeat", evaluated + ".");
    }
    return board.heartbeats().isEmpty()
        ? new Sign("up", "rules run", evaluated + ". No alert is configured that fires always.")
        : new Sign(
            "up",
            "heartbeat",
            evaluated + ". " + board.heartbeats().getFirst().name() + " fires, as it should.");
  }
}
