package io.pharos.server.web.incident;

import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// One time that a group of alerts was notified, from the first message to the one that resolved
/// it.
///
/// @param end empty while no message has said that it ended
/// @param messages number of messages
record Episode(Instant start, Optional<Instant> end, int messages) {
  /// Divides the deliveries of a group into episodes, the newest first.
  static List<Episode> of(List<LedgerEntry> deliveries) {
    List<LedgerEntry> inOrder =
        deliveries.stream().sorted(Comparator.comparing(LedgerEntry::decidedAt)).toList();
    var episodes = new ArrayList<Episode>();
    Episode open = null;
    for (LedgerEntry entry : inOrder) {
      boolean isEnd = entry.groupStatus().equals("resolved");
      if (open == null && isEnd) {
        // Further receivers are told the end of the last episode, or its start is forgotten.
        if (!episodes.isEmpty()) {
          Episode last = episodes.removeLast();
          episodes.add(new Episode(last.start(), last.end(), last.messages() + 1));
        }
        continue;
      }
      Episode current = open == null ? new Episode(entry.decidedAt(), Optional.empty(), 0) : open;
      open =
          new Episode(
              current.start(),
              isEnd ? Optional.of(entry.decidedAt()) : Optional.empty(),
              current.messages() + 1);
      if (isEnd) {
        episodes.add(open);
        open = null;
      }
    }
    if (open != null) {
      episodes.add(open);
    }
    return episodes.reversed();
  }

  /// Says when the last episode of a group without alerts ended, as far as messages said so.
  ///
  /// @param episodes the newest first; none if only the message of an end is still in the ledger
  static String ending(List<Episode> episodes, Instant now) {
    if (episodes.isEmpty()) {
      return "It ended; when it began is no longer known.";
    }
    Episode last = episodes.getFirst();
    return last.end()
        .map(
            end ->
                "It ended %s and was notified for %s."
                    .formatted(
                        PageTime.of(end, now).ago(),
                        PageTime.span(Duration.between(last.start(), end))))
        .orElse("No alert of this group is there now; no message has said that it ended.");
  }
}
