package io.pharos.server.web.incident;

import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.rules.RuleHealth;
import io.pharos.rules.RuleManager;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.LiveSource;
import io.pharos.trouble.StoreUnavailableException;
import io.pharos.trouble.Troubles;
import io.quarkus.arc.All;
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
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;
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
  private final Map<String, LiveSource> sources;

  /// The open pages with the topics that they show.
  private final Map<MultiEmitter<? super String>, String> pages = new LinkedHashMap<>();

  private boolean isLooking;

  LivePages(
      IncidentBoard boards,
      RuleManager rules,
      Outbox outbox,
      Troubles troubles,
      ScrapeManager scrapes,
      ProbeRunner probes,
      ServiceStatus status,
      LoopRegistry loops,
      @All List<LiveSource> sources) {
    this.boards = boards;
    this.rules = rules;
    this.outbox = outbox;
    this.troubles = troubles;
    this.scrapes = scrapes;
    this.probes = probes;
    this.status = status;
    this.loops = loops;
    this.sources = sources.stream().collect(Collectors.toMap(LiveSource::topic, it -> it));
  }

  /// Sends `changed` after each change of what a page shows, and `alive` now and then.
  ///
  /// @param of topic of a [LiveSource]; otherwise what the pages of alerts show
  /// @throws ServiceUnavailableException if too many pages listen; their content stays correct, but
  ///   this page does not update itself
  @GET
  @Produces(MediaType.SERVER_SENT_EVENTS)
  public Multi<String> changes(@RestQuery @Nullable String of) {
    synchronized (this) {
      if (pages.size() >= MAX_PAGES) {
        throw new ServiceUnavailableException(
            MAX_PAGES + " pages update themselves already; reload this page by hand");
      }
    }
    String topic = of == null ? "" : of;
    return Multi.createFrom()
        .<String>emitter(page -> add(page, topic), BackPressureStrategy.LATEST);
  }

  private synchronized void add(MultiEmitter<? super String> page, String topic) {
    pages.put(page, topic);
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
  private synchronized Map<MultiEmitter<? super String>, String> listening() {
    isLooking = !pages.isEmpty();
    return new LinkedHashMap<>(pages);
  }

  private void look() {
    try (LoopRegistry.Loop loop = loops.begin("live-pages", "", INTERVAL)) {
      Map<String, Integer> seen = Map.of();
      for (int i = 1; ; i++) {
        loop.ran();
        Map<MultiEmitter<? super String>, String> open = listening();
        if (open.isEmpty()) {
          return;
        }
        if (!status.isReady()) {
          open.keySet().forEach(MultiEmitter::complete);
        }
        var now = new HashMap<String, Integer>();
        open.values().forEach(topic -> now.computeIfAbsent(topic, this::revision));
        for (var page : open.entrySet()) {
          Integer before = seen.get(page.getValue());
          if (before != null && !before.equals(now.get(page.getValue()))) {
            page.getKey().emit("changed");
          } else if (i % LOOKS_BETWEEN_SIGNS == 0) {
            page.getKey().emit("alive");
          }
        }
        seen = now;
        Thread.sleep(INTERVAL);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("Open pages are no longer updated", e);
      listening().keySet().forEach(page -> page.fail(e));
    } finally {
      end();
    }
  }

  private synchronized void end() {
    isLooking = false;
  }

  private int revision(String topic) {
    LiveSource source = sources.get(topic);
    return source == null ? revision() : source.revision();
  }

  /// Returns a number that differs after a change of what the pages of alerts show.
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
