package io.pharos.probe.run;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The last [#MAX_REPORTS] reports that this process received from jobs, for other replicas.
/// Reports from other replicas are not added, so no report circulates. In memory only; each process
/// has its own ledger id. Thread-safe.
public final class PushLedger {
  /// Maximum number of stored reports.
  public static final int MAX_REPORTS = 10_000;

  /// Maximum number of reports per page.
  public static final int MAX_PAGE_SIZE = 500;

  private final String id;
  private final Instant since;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long lastNumber;

  /// @param id unique id of this ledger
  /// @param since time since which this process receives reports
  public PushLedger(String id, Instant since) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("expected an id that is not empty");
    }
    this.id = id;
    this.since = since;
  }

  /// A report.
  ///
  /// @param number consecutive number
  /// @param at time of arrival
  public record Entry(long number, String probe, Instant at, PushReport report) {
    public Entry {
      if (number < 1) {
        throw new IllegalArgumentException("number " + number + ": expected 1 or more");
      }
    }
  }

  /// A page of reports in order of arrival.
  ///
  /// @param ledger id of the ledger
  /// @param since time since which the process receives reports
  /// @param oldest number of the oldest report in the ledger, or of the next report if there is
  ///   none
  /// @param more whether the ledger contains later reports
  public record Page(String ledger, Instant since, long oldest, List<Entry> entries, boolean more) {
    public Page {
      entries = List.copyOf(entries);
    }
  }

  synchronized void add(String probe, Instant at, PushReport report) {
    entries.addLast(new Entry(++lastNumber, probe, at, report));
    if (entries.size() > MAX_REPORTS) {
      entries.removeFirst();
    }
  }

  /// Returns the reports after a number. If the number belongs to another ledger, starts at the
  /// oldest report.
  public synchronized Page after(String ledger, long number) {
    long from = ledger.equals(id) ? number : 0;
    var page = new ArrayList<Entry>();
    for (Entry entry : entries) {
      if (entry.number() > from) {
        page.add(entry);
        if (page.size() == MAX_PAGE_SIZE) {
          break;
        }
      }
    }
    boolean more = !page.isEmpty() && page.getLast().number() < lastNumber;
    return new Page(id, since, lastNumber - entries.size() + 1, page, more);
  }
}
