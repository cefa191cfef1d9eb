package io.pharos.access;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.trouble.StoreUnavailableException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Records who changed what. If the store does not answer, the entry goes to the log, because the
/// change has been made. Thread-safe.
public final class AuditTrail {
  private static final Logger LOG = LoggerFactory.getLogger(AuditTrail.class);

  /// Entries older than this are deleted.
  static final Duration KEPT = Duration.ofDays(400);

  /// Maximum number of entries, of about 300 bytes each.
  static final int MAX_ENTRIES = 100_000;

  private static final int PRUNING_INTERVAL = 500;

  private final AuditStore store;
  private final InstantSource clock;
  private final Counter lost;
  private final AtomicLong recorded = new AtomicLong();

  /// @param store stores the entries
  public AuditTrail(AuditStore store, InstantSource clock, MeterRegistry meterRegistry) {
    this.store = store;
    this.clock = clock;
    this.lost =
        Counter.builder("pharos.audit.lost")
            .description("Changes that are only in the log, because the store did not answer.")
            .register(meterRegistry);
  }

  /// Records a change that happened now.
  public void record(
      String actor,
      AuditEntry.Means means,
      String address,
      String action,
      String subject,
      int status) {
    Instant now = clock.instant();
    var entry = new AuditEntry(0, now, actor, means, address, action, subject, status);
    try {
      store.add(entry);
      if (recorded.getAndIncrement() % PRUNING_INTERVAL == 0) {
        store.prune(now.minus(KEPT), MAX_ENTRIES);
      }
    } catch (StoreUnavailableException e) {
      lost.increment();
      LOG.warn("only this line records a change: {} ({})", entry, e.getMessage());
    }
  }

  /// Returns the entries that a search finds, newest first.
  ///
  /// @throws StoreUnavailableException if the store does not answer
  public List<AuditEntry> find(AuditStore.Search search) {
    return store.find(search);
  }

  /// Records how the people of a file differ from those before.
  public void recordPeople(People before, People after) {
    for (String change : changes(before, after)) {
      record("", AuditEntry.Means.FILE, "", "people file", change, 200);
    }
  }

  private static List<String> changes(People before, People after) {
    var changes = new ArrayList<String>();
    for (People.Person person : after.people()) {
      String name = person.name();
      before
          .find(name)
          .ifPresentOrElse(
              earlier -> {
                if (earlier.role() != person.role()) {
                  changes.add(
                      name + ": " + earlier.role().text() + " became " + person.role().text());
                }
                if (!earlier.password().equals(person.password())) {
                  changes.add(name + ": new password");
                }
              },
              () -> changes.add(name + ": added as " + person.role().text()));
    }
    for (People.Person person : before.people()) {
      if (after.find(person.name()).isEmpty()) {
        changes.add(person.name() + ": removed, was " + person.role().text());
      }
    }
    return changes;
  }
}
