package io.pharos.server.web.settings;

import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.heartbeat.HeartbeatCalls;
import io.pharos.alerting.message.TextLimit;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.promql.value.Evaluator;
import io.pharos.schedule.LoopRegistry;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.query.Asked;
import io.pharos.trouble.Troubles;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.quarkus.runtime.Quarkus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// The page of this Pharos itself: what it reads, how it is set, what it costs.
@Path("/settings")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class SettingsPages {
  /// Loops on the page, those that ran longest ago first.
  private static final int MAX_LOOPS = 200;

  /// Characters of the problems of a reload on the page.
  private static final int MAX_PROBLEM = 4_000;

  /// A property and its value.
  record Fact(String name, String value) {}

  /// A kind of loop.
  ///
  /// @param count number of loops of this name
  /// @param last the oldest last run of them
  /// @param took how long the longest of the last runs took; empty if it is not measured
  record LoopRow(String state, String name, int count, String every, PageTime last, String took) {}

  /// The last reload, which failed.
  record Failure(PageTime at, String problem) {
    static Failure of(ServiceStatus.FailedReload failed, Instant now) {
      return new Failure(
          PageTime.of(failed.at(), now), TextLimit.to(MAX_PROBLEM, failed.problem()));
    }
  }

  /// The first sentence of the page.
  record Verdict(String state, String sentence, String detail) {}

  /// All that the page shows.
  ///
  /// @param unread why there are no costs; empty if there are
  record View(
      Verdict verdict,
      List<OwnCost> costs,
      String unread,
      List<ServiceStatus.ConfigurationPart> parts,
      @Nullable Failure failure,
      PageTime readAt,
      String prometheus,
      String alertmanager,
      List<ServiceStatus.ShownFlag> flags,
      List<LimitRow> limits,
      List<LoopRow> loops,
      List<HeartbeatRow> heartbeats,
      List<Fact> versions) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance settings(String title, View view);
  }

  private final ServiceStatus status;
  private final Dispatcher dispatcher;
  private final MemoryBounds bounds;
  private final LoopRegistry loops;
  private final Troubles troubles;
  private final HeartbeatCalls heartbeats;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final InstantSource clock;

  SettingsPages(
      ServiceStatus status,
      Dispatcher dispatcher,
      MemoryBounds bounds,
      LoopRegistry loops,
      Troubles troubles,
      HeartbeatCalls heartbeats,
      Evaluator evaluator,
      QueryWork work,
      InstantSource clock) {
    this.status = status;
    this.dispatcher = dispatcher;
    this.bounds = bounds;
    this.loops = loops;
    this.troubles = troubles;
    this.heartbeats = heartbeats;
    this.evaluator = evaluator;
    this.work = work;
    this.clock = clock;
  }

  /// Shows the page.
  @GET
  public TemplateInstance settings() {
    Instant now = clock.instant();
    Asked<List<OwnCost>> costs = Asked.of(work, () -> OwnCost.read(evaluator, now));
    List<OwnCost> known = costs.value() == null ? List.of() : costs.value();
    return Templates.settings(
        "Settings",
        new View(
            verdict(now),
            known,
            !costs.problem().isEmpty()
                ? costs.problem()
                : known.isEmpty()
                    ? "Pharos has no samples of itself: no scrape job reads its /metrics."
                    : "",
            status.configuration(),
            status.failedReload().map(it -> Failure.of(it, now)).orElse(null),
            PageTime.of(status.lastReloadAt(), now),
            status.configYaml(),
            dispatcher.config().toYaml(),
            status.shownFlags(),
            bounds.states().stream().map(state -> LimitRow.of(state, now)).toList(),
            loops.all().stream()
                .sorted(Comparator.comparing(LoopRegistry.Seen::lastRun))
                .limit(MAX_LOOPS)
                .map(loop -> row(loop, now))
                .toList(),
            heartbeats.shown().stream().map(it -> HeartbeatRow.of(it, now)).toList(),
            versions()));
  }

  private Verdict verdict(Instant now) {
    String version =
        "Version %s, started %s ago."
            .formatted(status.version(), PageTime.span(Duration.between(status.startedAt(), now)));
    if (!status.lastReloadSuccessful()) {
      return new Verdict(
          "firing",
          "The last reload failed, so Pharos still uses the configuration that it read before.",
          version);
    }
    int count = troubles.now().size();
    return count == 0
        ? new Verdict("ok", "The configuration is loaded, and Pharos has no troubles.", version)
        : new Verdict(
            "unknown", "Pharos has " + PageText.count(count, "trouble") + " of its own.", version);
  }

  private static LoopRow row(LoopRegistry.Seen loop, Instant now) {
    return new LoopRow(
        loop.isStalled() ? "failed" : "ok",
        PageText.of(loop.name()),
        loop.count(),
        PageTime.span(loop.interval()),
        PageTime.of(loop.lastRun(), now),
        loop.took().isNegative() ? "" : PageTime.span(loop.took()));
  }

  private List<Fact> versions() {
    return List.of(
        new Fact("Pharos", status.version()),
        new Fact("Java", Runtime.version().toString()),
        new Fact(
            "Quarkus",
            Objects.requireNonNullElse(
                Quarkus.class.getPackage().getImplementationVersion(), "unknown")),
        new Fact("retention of samples", status.retention()),
        new Fact("external URL", status.externalUrl()));
  }
}
