package io.pharos.server.web.oncall;

import io.pharos.oncall.escalation.EscalationStatus;
import io.pharos.server.web.design.PageTime;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// Where the policy of an episode is.
///
/// @param told who was told; empty if nobody was
/// @param next who is told next; empty if nobody is on call then
/// @param at when; null if nothing comes next
public record PolicyRow(
    String name,
    int level,
    String told,
    String next,
    @Nullable PageTime at,
    boolean hasFallenBack) {
  /// Returns the row.
  public static PolicyRow of(EscalationStatus status, Instant now) {
    EscalationStatus.@Nullable Next next = status.next();
    return new PolicyRow(
        status.policy(),
        status.level(),
        String.join(", ", status.told()),
        next == null ? "" : String.join(", ", next.people()),
        next == null ? null : PageTime.of(next.at(), now),
        status.hasFallenBack());
  }
}
