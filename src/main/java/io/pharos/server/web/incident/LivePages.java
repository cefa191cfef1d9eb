package io.pharos.server.web.incident;

import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleManager;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.ServiceStatus;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.Troubles;
import io.smallrye.mutiny.Multi;
import io.smallrye.mutiny.subscription.BackPressureStrategy;
import io.smallrye.mutiny.subscription.MultiEmitter;
import jakarta.inject.Singleton;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.ServiceUnavailableException;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells open pages that something changed, as server-sent events. A page then fetches itself
/// again. One thread looks for changes for all pages, and only while a page is open.
@Path("/live")
@Singleton
public class LivePages {
  private static final Logger LOG = LoggerFactory.getLogger(LivePages.class);

  /// A change must be on the page within a second, the board's age and the page's fetch included.
  private static final Duration INTERVAL = Duration.ofMillis(300);

  /// Looks between two events that only keep a proxy from closing the connection; proxies close
  /// after 30 s or more.
  private static final int LOOKS_BETWEEN_SIGNS = 50;

  /// Pages that may listen at once. Each takes one of the connections that all clients share, of
  /// whose number this is a small part on the smallest heap.
  private static final int MAX_PAGES = 64;

  /// Deliveries that a page shows first.
  private static final int DELIVERIES = 20;

  private final IncidentBoard boards;
  private final RuleManager rules;
  private final Outbox outbox;
  private final Troubles troubles;
  private final ScrapeManager scrapes;
  private final ProbeRunner probes;
  private final ServiceStatus status;
  private final LoopRegistry loops;
  private final Set<MultiEmitter<? super String>> pages = new LinkedHashSet<>();
  private boolean isLooking;

  LivePages(
      IncidentBoard boards,
      RuleManager rules,
      Outbox outbox,
      Troubles troubles,
      ScrapeManager scrapes,
      ProbeRunner probes,
      ServiceStatus status,
      LoopRegistry loops) {
    this.boards = boards;
    this.rules = rules;
    this.outbox = outbox;
    this.troubles = troubles;
    this.scrapes = scrapes;
    this.probes = probes;
    this.status = status;
    this.loops = loops;
  }

  /// Sends `changed` after each change of what the pages of alerts show, and `alive` now and then.
  ///
  /// @throws ServiceUnavailableException if too many pages listen; their content stays correct, but
  ///   this page does not update itself
  @GET
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public Multi<String> changes() {
    synchronized (this) {
      if (pages.size() >= MAX_PAGES) {
        throw new ServiceUnavailableException(
            MAX_PAGES + " pages update themselves already; reload this page by hand");
      }
    }
    return Multi.createFrom().<String>emitter(this::add, BackPressureStrategy.LATEST);
  }

  private synchronized void add(MultiEmitter<? super String> page) {
    pages.add(page);
    page.onTermination(() -> remove(page));
    page.emit("alive");
    if (!isLooking) {
      isLooking = true;
      Thread.ofVirtual().name("live-pages").start(this::look);
    }
  }

  private synchronized void remove(MultiEmitter<? super String> page) {
    pages.remove(page);
  }

  /// Returns the open pages; the caller must end if there are none.
  private synchronized List<MultiEmitter<? super String>> listening() {
    isLooking = !pages.isEmpty();
    return List.copyOf(pages);
  }

  private void look() {
    try (LoopRegistry.Loop loop = loops.begin("live-pages", "", INTERVAL)) {
      int seen = revision();
      for (int i = 1; ; i++) {
        loop.ran();
        List<MultiEmitter<? super String>> open = listening();
        if (open.isEmpty()) {
          return;
        }
        if (!status.isReady()) {
          open.forEach(MultiEmitter::complete);
        }
        int now = revision();
        if (now != seen) {
          open.forEach(page -> page.emit("changed"));
        } else if (i % LOOKS_BETWEEN_SIGNS == 0) {
          open.forEach(page -> page.emit("alive"));
        }
        seen = now;
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("Open pages are no longer updated", e);
      listening().forEach(page -> page.fail(e));
    } finally {
      end();
    }
  }

  private synchronized void end() {
    isLooking = false;
  }

  /// Returns a number that differs after a change of what the pages show.
  private int revision() {
    Board board = boards.now();
    var parts = new ArrayList<Object>();
    board
        .all()
        .forEach(
            incident -> {
              parts.add(incident.groupLabels());
              incident
                  .alerts()
                  .forEach(
                      alert ->
                          parts.add(
                              Objects.hash(
                                  alert.fingerprint(),
                                  alert.standing(),
                                  alert.isHeld(),
                                  alert.silencedBy(),
                                  alert.inhibitedBy())));
            });
    troubles.now().forEach(trouble -> parts.add(trouble.kind()));
    parts.add(
        rules.groups().stream()
            .flatMap(group -> group.rules().stream())
            .filter(rule -> rule.evaluation().health() == RuleHealth.ERR)
            .count());
    parts.add(scrapes.healthChanges());
    parts.add(probes.changes());
    parts.add(deliveries());
    return parts.hashCode();
  }

  /* Without the ledger, the pages still show changes of alerts. */
  private List<Integer> deliveries() {
    try {
      return outbox.ledger(new LedgerEntry.Query("", "", "", DELIVERIES)).stream()
          .map(entry -> Objects.hash(entry.deliveryId(), entry.status(), entry.attempts()))
          .toList();
    } catch (StoreUnavailableException _) {
      return List.of();
    }
  }
}
