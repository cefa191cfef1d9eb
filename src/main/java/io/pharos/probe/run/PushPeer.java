package io.pharos.probe.run;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Another replica that receives reports for the same push probes. This process polls the peer, and
/// applies its reports as if they had arrived here. Reports that arrived at the peer after the last
/// poll may be missing here. A time span in which the peer may have lost reports counts as a gap.
/// Thread-safe.
public final class PushPeer {
  /// Maximum time without an answer of a peer; after that, missing reports count as unknown.
  static final Duration MAX_SILENCE = Duration.ofSeconds(20);

  private static final Logger LOG = LoggerFactory.getLogger(PushPeer.class);
  private static final int MAX_PAGES = 2 * PushLedger.MAX_REPORTS / PushLedger.MAX_PAGE_SIZE;

  private final String name;
  private final Source source;
  private final Receiver receiver;
  private final InstantSource clock;
  private String ledger = "";
  private long lastNumber;
  private boolean answers = true;
  private volatile Instant knownUntil;

  /// Fetches reports from a peer.
  @FunctionalInterface
  public interface Source {
    /// Returns the reports after a number.
    ///
    /// @param ledger id of the ledger to which the number belongs; empty at first
    /// @param after number of the last report that is known here
    /// @throws IOException if the peer is unreachable or its answer is no list of reports
    PushLedger.Page fetch(String ledger, long after) throws IOException;
  }

  /// Receives the reports of a peer.
  public interface Receiver {
    /// Applies a report that arrived at the peer.
    void acceptFromPeer(String probe, PushReport report, Instant arrivedAt);

    /// Records a time span in which the peer may have lost reports.
    void addGap(Instant from, Instant to);
  }

  /// @param name name for messages, which says where the peer is
  public PushPeer(String name, Source source, Receiver receiver, InstantSource clock) {
    this.name = name;
    this.source = source;
    this.receiver = receiver;
    this.clock = clock;
    this.knownUntil = clock.instant();
  }

  /// Returns the name for messages, which says where the peer is.
  public String name() {
    return name;
  }

  /// Returns the time up to which all reports that arrived at the peers are also known here; `now`
  /// if there are no peers.
  static Instant knownUntil(List<PushPeer> peers, Instant now) {
    Instant known = now;
    for (PushPeer peer : peers) {
      known = earlier(known, peer.knownUntil);
    }
    return known;
  }

  /// Returns the time up to which all reports that arrived at this peer are also known here.
  public Instant knownUntil() {
    return knownUntil;
  }

  /// Returns whether the peer answered the last poll.
  public synchronized boolean answers() {
    return answers;
  }

  /// Fetches new reports from the peer.
  public synchronized void poll() {
    try {
      for (int i = 0; i < MAX_PAGES; i++) {
        Instant askedAt = clock.instant();
        PushLedger.Page page = source.fetch(ledger, lastNumber);
        apply(page, askedAt);
        if (!page.more()) {
          knownUntil = askedAt;
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
            "push peer {} does not answer; if it does not within {} s, missing reports count as unknown: {}",
            name,
            MAX_SILENCE.toSeconds(),
            e.getMessage());
      }
      answers = false;
    }
  }

  private void apply(PushLedger.Page page, Instant askedAt) {
    if (!page.ledger().equals(ledger)) {
      // This is the first poll, or the peer was restarted and has lost the reports that it received
      // since the last poll.
      if (page.since().isAfter(knownUntil)) {
        receiver.addGap(knownUntil, earlier(page.since(), askedAt));
      }
      ledger = page.ledger();
      lastNumber = 0;
    }
    if (page.oldest() > lastNumber + 1 && !page.entries().isEmpty()) {
      Instant oldest = page.entries().getFirst().at();
      if (oldest.isAfter(knownUntil)) {
        receiver.addGap(knownUntil, earlier(oldest, askedAt));
      }
    }
    for (PushLedger.Entry entry : page.entries()) {
      receiver.acceptFromPeer(entry.probe(), entry.report(), earlier(entry.at(), askedAt));
      lastNumber = entry.number();
    }
  }

  private static Instant earlier(Instant first, Instant second) {
    return first.isBefore(second) ? first : second;
  }
}
