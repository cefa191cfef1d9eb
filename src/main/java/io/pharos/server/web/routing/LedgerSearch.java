package io.pharos.server.web.routing;

import io.pharos.alerting.outbox.LedgerEntry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;

/// A search of the ledger for one page of deliveries, newest first.
///
/// @param receiver name of the receiver; empty for all
/// @param status in lower case; empty for all
/// @param text part of the labels of the group, in any case; empty for all
/// @param until only deliveries decided at this instant or earlier
/// @param skip number of deliveries decided at `until` that earlier pages contained
record LedgerSearch(
    String receiver,
    String status,
    String text,
    Optional<Instant> since,
    Optional<Instant> until,
    int skip) {
  /// Maximum number of deliveries on a page.
  static final int PAGE = 50;

  /// Where the next page begins.
  record Cursor(Instant until, int skip) {}

  /// A page.
  ///
  /// @param searched number of deliveries in which the text was searched
  /// @param older where the next page begins; empty if there are no older deliveries
  record Page(List<LedgerEntry> entries, int searched, Optional<Cursor> older) {
    Page {
      entries = List.copyOf(entries);
    }
  }

  /// Returns the page.
  ///
  /// @param ledger returns the deliveries that match a query, newest first
  Page run(Function<LedgerEntry.Query, List<LedgerEntry>> ledger) {
    int limit =
        text.isEmpty()
            ? Math.min(PAGE + skip + 1, LedgerEntry.Query.MAX_LIMIT)
            : LedgerEntry.Query.MAX_LIMIT;
    List<LedgerEntry> found =
        ledger.apply(new LedgerEntry.Query(receiver, status, "", since, until, limit));
    var shown = new ArrayList<LedgerEntry>();
    int searched = 0;
    int toSkip = skip;
    for (LedgerEntry entry : found) {
      if (shown.size() == PAGE) {
        break;
      }
      searched++;
      if (toSkip > 0 && until.filter(entry.decidedAt()::equals).isPresent()) {
        toSkip--;
      } else if (matches(entry)) {
        shown.add(entry);
      }
    }
    boolean isMore = searched < found.size() || found.size() == limit;
    return new Page(
        shown, searched, isMore ? Optional.of(after(found, searched)) : Optional.empty());
  }

  private boolean matches(LedgerEntry entry) {
    return entry
        .groupLabels()
        .toString()
        .toLowerCase(Locale.ROOT)
        .contains(text.toLowerCase(Locale.ROOT));
  }

  private static Cursor after(List<LedgerEntry> found, int searched) {
    Instant last = found.get(searched - 1).decidedAt();
    long same =
        found.stream().limit(searched).filter(entry -> entry.decidedAt().equals(last)).count();
    return new Cursor(last, (int) same);
  }
}
