package io.pharos.oncall.episode;

import io.pharos.alerting.outbox.LedgerEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// One time that a group of alerts was notified, from the first message to the one that resolved
/// it, as the ledger knows it.
///
/// @param end empty while no message has said that it ended
/// @param messages number of messages
public record ToldSpan(Instant start, Optional<Instant> end, int messages) {
  /// Divides the deliveries of a group into spans, the newest first.
  public static List<ToldSpan> of(List<LedgerEntry> deliveries) {
    List<LedgerEntry> inOrder =
        deliveries.stream().sorted(Comparator.comparing(LedgerEntry::decidedAt)).toList();
    var spans = new ArrayList<ToldSpan>();
    ToldSpan open = null;
    for (LedgerEntry entry : inOrder) {
      boolean isEnd = entry.groupStatus().equals("resolved");
      if (open == null && isEnd) {
        // Further receivers are told the end of the last span, or its start is forgotten.
        if (!spans.isEmpty()) {
          ToldSpan last = spans.removeLast();
          spans.add(new ToldSpan(last.start(), last.end(), last.messages() + 1));
        }
        continue;
      }
      ToldSpan current = open == null ? new ToldSpan(entry.decidedAt(), Optional.empty(), 0) : open;
      open =
          new ToldSpan(
              current.start(),
              isEnd ? Optional.of(entry.decidedAt()) : Optional.empty(),
              current.messages() + 1);
      if (isEnd) {
        spans.add(open);
        open = null;
      }
    }
    if (open != null) {
      spans.add(open);
    }
    return spans.reversed();
  }
}
