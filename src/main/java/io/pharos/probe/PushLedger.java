package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// The reports that came to this process itself, for those beside it that ask: the newest
/// [#MOST_REPORTS]. What it was told by them is not among these, so that no report goes round. It
/// dies with the process, and another one has another id. Thread-safe.
public final class PushLedger {
  /// How many reports are kept.
  public static final int MOST_REPORTS = 10_000;

  /// How many reports are told at once.
  public static final int MOST_AT_ONCE = 500;

  private final String id;
  private final Instant since;
  private final Deque<Entry> entries = new ArrayDeque<>();
  private long last;

  /// @param id what no other ledger is called
  /// @param since from when on it listens
  public PushLedger(String id, Instant since) {
    if (id.isEmpty()) {
      throw new IllegalArgumentException("id is empty");
    }
    this.id = id;
    this.since = requireNonNull(since, "since is null");
  }

  /// A report.
  ///
  /// @param number one more than that of the one before
  /// @param at when it came
  public record Entry(long number, String probe, Instant at, PushReport report) {
    public Entry {
      if (number < 1) {
        throw new IllegalArgumentException("number " + number + ": expected 1 or more");
      }
      requireNonNull(probe, "probe is null");
      requireNonNull(at, "at is null");
      requireNonNull(report, "report is null");
    }
  }

  /// Some reports, in the order in which they came.
  ///
  /// @param ledger whose they are
  /// @param since from when on it listens
  /// @param oldest the number of the oldest report that is kept, of which there may be none yet
  /// @param more whether there are later ones
  public record Page(String ledger, Instant since, long oldest, List<Entry> entries, boolean more) {
    public Page {
      requireNonNull(ledger, "ledger is null");
      requireNonNull(since, "since is null");
      entries = List.copyOf(entries);
    }
  }

  synchronized void add(String probe, Instant at, PushReport report) {
    entries.addLast(new Entry(++last, probe, at, report));
    if (entries.size() > MOST_REPORTS) {
      entries.removeFirst();
    }
  }

  /// The reports after the one of this number, as many as are told at once; the oldest, where the
  /// number is that of another ledger.
  public synchronized Page after(String ledger, long number) {
    long from = ledger.equals(id) ? number : 0;
    var page = new ArrayList<Entry>();
    for (Entry entry : entries) {
      if (entry.number() > from) {
        page.add(entry);
        if (page.size() == MOST_AT_ONCE) {
          break;
        }
      }
    }
    boolean more = !page.isEmpty() && page.getLast().number() < last;
    return new Page(id, since, last - entries.size() + 1, page, more);
  }
}
