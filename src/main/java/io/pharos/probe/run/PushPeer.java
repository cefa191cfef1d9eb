package io.pharos.probe.run;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Another replica that receives reports for the same push probes. It is polled, and its reports
/// count as if they had arrived here. All its reports up to the last poll are known here; later
/// ones may be missing. If the peer may have lost reports of a time span, that counts as time
/// without listening. Thread-safe.
public final class PushPeer {
  /// How long a peer may not answer before missing reports count as unknown.
  static final Duration PATIENCE = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(PushPeer.class);
  private static final int MAX_PAGES = 2 * PushLedger.MAX_REPORTS / PushLedger.MAX_AT_ONCE;

  private final String name;
  private final Source source;
  private final Taker taker;
  private final InstantSource clock;
  private String ledger = "";
  private long lastNumber;
  private boolean answers = true;
  private volatile Instant known;

  /// Fetches reports from a peer.
  @FunctionalInterface
  public interface Source {
    /// Returns the reports after a number.
    ///
    /// @param ledger id of the ledger to which the number belongs; empty at first
    /// @param after number of the last known report
    /// @throws IOException if the peer is unreachable or its answer is no list of reports
    PushLedger.Page ask(String ledger, long after) throws IOException;
  }

  /// Receives the reports of a peer.
  public interface Taker {
    /// Applies a report that arrived at the peer.
    void hearOf(String probe, PushReport report, Instant at);

    /// Records that reports to the peer in this time span may be lost.
    void deaf(Instant from, Instant to);
  }

  /// @param name name for people: where the peer is
  public PushPeer(String name, Source source, Taker taker, InstantSource clock) {
    this.name = name;
    this.source = source;
    this.taker = taker;
    this.clock = clock;
    this.known = clock.instant();
  }

  /// Returns the name for people: where the peer is.
  public String name() {
    return name;
  }

  /// Returns the time up to which all reports that arrived at these peers are known here; `now` if
  /// there are no peers.
  static Instant known(List<PushPeer> peers, Instant now) {
    Instant known = now;
    for (PushPeer peer : peers) {
      known = earlier(known, peer.known);
    }
    return known;
  }

  /// Returns the time up to which all reports that arrived at this peer are known here.
  public Instant known() {
    return known;
  }

  /// Returns whether the peer answered the last poll.
  public synchronized boolean answers() {
    return answers;
  }

  /// Fetches new reports from the peer.
  public synchronized void ask() {
    try {
      for (int i = 0; i < MAX_PAGES; i++) {
        Instant asked = clock.instant();
        PushLedger.Page page = source.ask(ledger, lastNumber);
        take(page, asked);
        if (!page.more()) {
          known = asked;
          break;
        }
      }
      if (!answers) {
        LOG.info("push peer {} answers again", name);
      }
      answers = true;
    } catch (IOException e) {
      if (answers) {
        LOG.warn(
            "push peer {} does not answer; until it does, missing reports count as unknown: {}",
            name,
            e.getMessage());
      }
      answers = false;
    }
  }

  private void take(PushLedger.Page page, Instant asked) {
    if (!page.ledger().equals(ledger)) {
      // the peer was restarted and has lost the reports that it received since the last poll
      if (page.since().isAfter(known)) {
        taker.deaf(known, earlier(page.since(), asked));
      }
      ledger = page.ledger();
      lastNumber = 0;
    }
    if (page.oldest() > lastNumber + 1 && !page.entries().isEmpty()) {
      Instant oldest = page.entries().getFirst().at();
      if (oldest.isAfter(known)) {
        taker.deaf(known, earlier(oldest, asked));
      }
    }
    for (PushLedger.Entry entry : page.entries()) {
      taker.hearOf(entry.probe(), entry.report(), earlier(entry.at(), asked));
      lastNumber = entry.number();
    }
  }

  private static Instant earlier(Instant one, Instant other) {
    return one.isBefore(other) ? one : other;
  }
}
