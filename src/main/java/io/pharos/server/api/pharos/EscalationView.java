package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.escalation.EscalationStatus;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// Where the policy of an open episode is. Times are RFC 3339.
@Schema
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EscalationView(
    @Schema(description = "Number of the episode.") long episode,
    String title,
    String policy,
    String startedAt,
    @Schema(description = "Number of the current level; 0 before the first one.") int level,
    @Schema(description = "The people who were told.") List<String> told,
    @Schema(description = "Whether the fallback was told, because nobody could be reached.")
        boolean fallback,
    @Schema(
            description =
                "What comes next unless somebody acknowledges; absent if nothing does, or an acknowledgement holds.")
        @Nullable NextStep next) {
  /// The next step of a policy.
  @Schema
  public record NextStep(
      String at,
      int level,
      @Schema(description = "Who is told; empty if nobody is on call then.") List<String> people) {}

  static EscalationView of(Episode episode, EscalationStatus status) {
    EscalationStatus.@Nullable Next next = status.next();
    return new EscalationView(
        episode.number(),
        episode.title(),
        status.policy(),
        status.startedAt().toString(),
        status.level(),
        status.told(),
        status.hasFallenBack(),
        next == null ? null : new NextStep(next.at().toString(), next.level(), next.people()));
  }
}
