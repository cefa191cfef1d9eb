package io.pharos.server.web.incident;

import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeEvent;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.escalation.EscalationStatus;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.oncall.PolicyRow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// An episode on the page of its incident.
///
/// @param state word of the state, also the class in the style sheet
/// @param owner who has it, or has acknowledged it as one of several; empty if nobody has
/// @param missing number of people who must acknowledge, too
/// @param until when the acknowledgement expires; null if it does not
/// @param policy where its policy is; null if it has none
record EpisodeRow(
    long number,
    String state,
    boolean isOpen,
    String receiver,
    PageTime since,
    String owner,
    int missing,
    String comment,
    @Nullable PageTime until,
    String peak,
    @Nullable PolicyRow policy,
    List<EventRow> timeline,
    boolean isComplete) {
  /// An event of the timeline.
  record EventRow(PageTime at, String what, String subject, String text) {
    static EventRow of(EpisodeEvent event, Instant now) {
      var texts = new ArrayList<String>();
      texts.add(event.outcome());
      texts.add(event.text());
      texts.removeIf(String::isEmpty);
      return new EventRow(
          PageTime.of(event.at(), now),
          event.kind().text(),
          PageText.of(event.subject()),
          PageText.of(String.join(": ", texts)));
    }
  }

  /// Episodes of an incident.
  ///
  /// @param problem why they are unknown; empty if they are known
  /// @param mayWrite whether the reader may acknowledge and comment
  record Part(List<EpisodeRow> rows, String problem, String address, boolean mayWrite) {}

  static EpisodeRow of(
      Episode episode,
      Optional<EscalationStatus> policy,
      EpisodeService.Timeline timeline,
      Instant now) {
    Optional<Acknowledgement> held = episode.holding(now).or(episode::partly);
    return new EpisodeRow(
        episode.number(),
        episode.state(now).text(),
        episode.isOpen(),
        PageText.of(episode.receiver()),
        PageTime.of(episode.startedAt(), now),
        held.map(it -> PageText.of(it.owner())).orElse(""),
        held.map(Acknowledgement::missing).orElse(0),
        held.map(it -> PageText.of(it.comment())).orElse(""),
        held.map(Acknowledgement::until).map(it -> PageTime.of(it, now)).orElse(null),
        PageText.of(episode.peak()),
        policy.map(it -> PolicyRow.of(it, now)).orElse(null),
        timeline.events().reversed().stream().map(event -> EventRow.of(event, now)).toList(),
        timeline.isComplete());
  }
}
