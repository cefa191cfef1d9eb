package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeEvent;
import io.pharos.oncall.escalation.EscalationStatus;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.jspecify.annotations.Nullable;

/// An alert group from its first notification to its end.
@Schema
@JsonInclude(JsonInclude.Include.NON_NULL)
public record EpisodeView(
    @Schema(description = "Stays the same when the group fires again within an hour.") long number,
    @Schema(enumeration = {"open", "acknowledged", "ended"}) String state,
    @Schema(description = "Name of its first alert.") String title,
    @Schema(description = "Worst severity that it ever had.") String severity,
    @Schema(
            description =
                "Identity of the group; groups of different routes may have the same labels.")
        String groupKey,
    Map<String, String> groupLabels,
    String receiver,
    @Schema(description = "When its first notification was decided, RFC 3339.") String startedAt,
    @Schema(description = "When its last alert was resolved, RFC 3339; absent before that.")
        @Nullable String endedAt,
    @Schema(description = "How often it fired again after its end.") int reopened,
    @Schema(description = "Number of its current alerts.") int alerts,
    @Schema(description = "Worst measured value; empty if unknown.") String peak,
    @Schema(description = "Links by name: incident, runbook, dashboard, graph.")
        Map<String, String> links,
    @Schema(description = "The last acknowledgement; absent if there was none.")
        @Nullable AcknowledgementView acknowledgement,
    @Schema(description = "Where its policy is; absent if it has none or has ended.")
        @Nullable EscalationView escalation) {
  static EpisodeView of(
      Episode episode, String incident, Optional<EscalationStatus> escalation, Instant now) {
    var links = new LinkedHashMap<String, String>();
    links.put("incident", incident);
    links.putAll(episode.links());
    return new EpisodeView(
        episode.number(),
        episode.state(now).text(),
        episode.title(),
        episode.severity(),
        episode.groupKey(),
        episode.groupLabels().toMap(),
        episode.receiver(),
        episode.startedAt().toString(),
        text(episode.endedAt()),
        episode.reopened(),
        episode.members().size(),
        episode.peak(),
        links,
        episode.acknowledgement() == null
            ? null
            : AcknowledgementView.of(episode.acknowledgement(), now),
        escalation.map(it -> EscalationView.of(episode, it)).orElse(null));
  }

  private static @Nullable String text(@Nullable Instant at) {
    return at == null ? null : at.toString();
  }

  /// An acknowledgement.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record AcknowledgementView(
      String owner,
      String comment,
      @Schema(description = "RFC 3339.") String at,
      @Schema(description = "When it expires, RFC 3339; absent if it holds until the end.")
          @Nullable String until,
      @Schema(description = "How many people must acknowledge, too, before it holds.") int missing,
      @Schema(description = "Whether it holds now.") boolean holds,
      @Schema(description = "When it ended before it expired, RFC 3339; absent otherwise.")
          @Nullable String endedAt) {
    static AcknowledgementView of(Acknowledgement it, Instant now) {
      return new AcknowledgementView(
          it.owner(),
          it.comment(),
          it.at().toString(),
          EpisodeView.text(it.until()),
          it.missing(),
          it.holds(now),
          EpisodeView.text(it.endedAt()));
    }
  }

  /// An event of a timeline.
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record TimelineEvent(
      @Schema(description = "RFC 3339.") String at,
      @Schema(
              enumeration = {
                "pending",
                "firing",
                "notified",
                "joined",
                "left",
                "silenced",
                "inhibited",
                "muted",
                "no longer muted",
                "acknowledged, more people must",
                "acknowledged",
                "acknowledgement ended",
                "commented",
                "resolved",
                "reopened"
              })
          String event,
      @Schema(description = "The alert, integration or person.") String subject,
      @Schema(description = "A receiver's answer, a comment or a reason; may be empty.")
          String text,
      @Schema(
              description =
                  "When a delivery ended or an acknowledgement expires, RFC 3339; absent otherwise.")
          @Nullable String until,
      @Schema(description = "pending, sent, failed or superseded; empty unless it is a delivery.")
          String outcome) {
    static TimelineEvent of(EpisodeEvent event) {
      return new TimelineEvent(
          event.at().toString(),
          event.kind().text(),
          event.subject(),
          event.text(),
          EpisodeView.text(event.finishedAt()),
          event.outcome());
    }
  }

  /// An episode with its timeline.
  @Schema
  public record EpisodeDetail(
      EpisodeView episode,
      @Schema(description = "Oldest first.") List<TimelineEvent> timeline,
      @Schema(description = "Whether every delivery of the ledger is in the timeline.")
          boolean complete) {
    public EpisodeDetail {
      timeline = List.copyOf(timeline);
    }
  }

  /// Episodes, newest first.
  @Schema
  public record EpisodeList(List<EpisodeView> episodes) {
    public EpisodeList {
      episodes = List.copyOf(episodes);
    }
  }
}
