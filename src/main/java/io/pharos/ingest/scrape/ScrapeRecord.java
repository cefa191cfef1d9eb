package io.pharos.ingest.scrape;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The scrapes of a target since this process scrapes it.
///
/// @param recent the last scrapes, oldest first; at most [#MAX_RECENT]
/// @param since start of the first scrape with the present health; null before the first scrape
/// @param isOlder whether all scrapes had this health, so that it may have begun before them
/// @param cost what the last readable page contained
/// @param certificateExpiry earliest expiry in the target's chain of certificates; null without TLS
public record ScrapeRecord(
    List<Scrape> recent,
    @Nullable Instant since,
    boolean isOlder,
    Cost cost,
    @Nullable Instant certificateExpiry) {
  /// Maximum number of scrapes that are stored per target.
  public static final int MAX_RECENT = 50;

  /// Nothing was scraped.
  public static final ScrapeRecord NONE = new ScrapeRecord(List.of(), null, true, Cost.NONE, null);

  public ScrapeRecord {
    recent = List.copyOf(recent);
  }

  /// One scrape. Times are numbers, because each target has [#MAX_RECENT] of them.
  ///
  /// @param beganMillis its start in Unix milliseconds
  /// @param error why it failed; empty if it succeeded
  public record Scrape(
      long beganMillis, int tookMillis, TargetsSnapshot.Health health, String error) {}

  /// What a page costs.
  ///
  /// @param samples samples on the page
  /// @param kept samples that were stored after relabelling; each is of one series
  /// @param added series that were new
  /// @param bytes length of the uncompressed page
  public record Cost(int samples, int kept, int added, long bytes) {
    static final Cost NONE = new Cost(0, 0, 0, 0);
  }

  /// Collects the scrapes of one target. Written by its loop, read by any thread.
  static final class Log {
    private final Deque<Scrape> recent = new ArrayDeque<>();
    private @Nullable Instant since;
    private boolean isOlder = true;
    private Cost cost = Cost.NONE;
    private @Nullable Instant certificateExpiry;

    synchronized void add(ScrapeOutcomes.Status status) {
      Instant began = status.began();
      if (began == null) {
        return;
      }
      Scrape last = recent.peekLast();
      if (last == null || last.health() != status.health()) {
        isOlder = last == null;
        since = began;
      }
      // Equal texts are one object, because a target that is down fails each time for one reason.
      boolean repeats = last != null && last.error().equals(status.error());
      recent.addLast(
          new Scrape(
              began.toEpochMilli(),
              (int) Math.min(Integer.MAX_VALUE, status.took().toMillis()),
              status.health(),
              repeats ? last.error() : status.error()));
      if (recent.size() > MAX_RECENT) {
        recent.removeFirst();
      }
    }

    synchronized void read(SampleIntake intake, ScrapedPage page, @Nullable Instant newExpiry) {
      cost = new Cost(intake.scraped, intake.kept, intake.added, page.length());
      certificateExpiry = newExpiry;
    }

    synchronized ScrapeRecord record() {
      return new ScrapeRecord(List.copyOf(recent), since, isOlder, cost, certificateExpiry);
    }
  }
}
