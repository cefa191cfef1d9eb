package io.pharos.probe;

import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Another Pharos that listens for the same push probes, behind the same address: what came there
/// is asked for again and again, and counts as if it had come here. Until when everything of it is
/// known bounds what can be missing here; what it may have lost is a time in which nobody listened.
/// Thread-safe.
public final class PushPeer {
  /// How long nothing may be known of a peer before what is missing counts as unknown.
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(PushPeer.class);
  private static final int MOST_PAGES = 2 * PushLedger.MOST_REPORTS / PushLedger.MOST_AT_ONCE;

  private final String name;
  private final Source source;
  private final Taker taker;
  private final InstantSource clock;
  private String ledger = "";
  private long last;
  private boolean answers = true;
  private volatile Instant known;

  /// Asks for reports.
  @FunctionalInterface
  public interface Source {
    /// What came there after a report.
    ///
    /// @param ledger whose number that is; empty at first
    /// @param after the last report that is known of it
    /// @throws IOException where it can't be asked, or answers something else
    PushLedger.Page ask(String ledger, long after) throws IOException;
  }

  /// Takes what is told.
  public interface Taker {
    /// A report that came there.
    void hearOf(String probe, PushReport report, Instant at);

    /// What came there in this time may be lost.
    void deaf(Instant from, Instant to);
  }

  /// @param name for people
  public PushPeer(String name, Source source, Taker taker, InstantSource clock) {
    this.name = requireNonNull(name, "name is null");
    this.source = requireNonNull(source, "source is null");
    this.taker = requireNonNull(taker, "taker is null");
    this.clock = requireNonNull(clock, "clock is null");
    this.known = clock.instant();
  }

  /// For people: where it is.
  public String name() {
    return name;
  }

  /// Until when all that came to these is known here: now, where there are none.
  static Instant known(List<PushPeer> peers, Instant now) {
    Instant known = now;
    for (PushPeer peer : peers) {
      known = earlier(known, peer.known);
    }
    return known;
  }

  /// Until when all that came there is known here.
  public Instant known() {
    return known;
  }

  /// Whether it answered when it was asked last.
  public synchronized boolean answers() {
    return answers;
  }

  /// Asks for what is new.
  public synchronized void ask() {
    try {
      for (int i = 0; i < MOST_PAGES; i++) {
        Instant asked = clock.instant();
        PushLedger.Page page = source.ask(ledger, last);
        take(page, asked);
        if (!page.more()) {
          known = asked;
          break;
        }
      }
      if (!answers) {
        LOG.info("{} tells again of the reports that come there", name);
      }
      answers = true;
    } catch (IOException e) {
      if (answers) {
        LOG.warn(
            "{} can't be asked for the reports of push probes that come there: one that is missing"
                + " here is unknown until it can: {}",
            name,
            e.getMessage());
      }
      answers = false;
    }
  }

  private void take(PushLedger.Page page, Instant asked) {
    if (!page.ledger().equals(ledger)) {
      // What the process before it heard since it was asked last is gone with it.
      if (page.since().isAfter(known)) {
        taker.deaf(known, earlier(page.since(), asked));
      }
      ledger = page.ledger();
      last = 0;
    }
    if (page.oldest() > last + 1 && !page.entries().isEmpty()) {
      Instant oldest = page.entries().getFirst().at();
      if (oldest.isAfter(known)) {
        taker.deaf(known, earlier(oldest, asked));
      }
    }
    for (PushLedger.Entry entry : page.entries()) {
      taker.hearOf(entry.probe(), entry.report(), earlier(entry.at(), asked));
      last = entry.number();
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
