package io.pharos.server.web.target;

import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.ingest.scrape.TargetsSnapshot;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.promql.value.Evaluator;
import io.pharos.rules.RuleManager;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.incident.IncidentBoard;
import io.pharos.server.web.query.Asked;
import io.pharos.server.web.query.GraphPanels;
import io.pharos.server.web.query.GraphRequest;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.DefaultValue;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The list of targets, probes and heartbeats, and the page of each.
@Path("/targets")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class TargetPages {
  private static final List<String> STATES =
      Stream.of(WatchState.values()).map(WatchState::text).toList();
  private static final List<String> KINDS =
      Stream.of(Watched.Kind.values()).map(Watched.Kind::text).toList();

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance targets(
        String title, WatchSearch search, List<String> states, List<String> kinds, WatchList list);

    static native TemplateInstance target(String title, WatchPage page);
  }

  private final ScrapeManager scrapes;
  private final ProbeRunner probes;
  private final RuleManager rules;
  private final IncidentBoard boards;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final ServiceStatus status;
  private final InstantSource clock;

  TargetPages(
      ScrapeManager scrapes,
      ProbeRunner probes,
      RuleManager rules,
      IncidentBoard boards,
      Evaluator evaluator,
      QueryWork work,
      ServiceStatus status,
      InstantSource clock) {
    this.scrapes = scrapes;
    this.probes = probes;
    this.rules = rules;
    this.boards = boards;
    this.evaluator = evaluator;
    this.work = work;
    this.status = status;
    this.clock = clock;
  }

  /// Shows what is watched: what is not up, then folded groups; or what a search finds.
  ///
  /// @param text words that the shown ones contain
  /// @param state the only state that is shown
  /// @param kind `target`, `probe` or `heartbeat`
  /// @param group the only job that is shown, or `probes` or `heartbeats`
  @GET
  public TemplateInstance targets(
      @QueryParam("q") @Nullable String text,
      @QueryParam("state") @Nullable String state,
      @QueryParam("kind") @Nullable String kind,
      @QueryParam("group") @Nullable String group,
      @QueryParam("page") @DefaultValue("1") int page) {
    Instant now = clock.instant();
    WatchSearch search = WatchSearch.of(text, state, kind, group, page);
    TargetsSnapshot snapshot = scrapes.targets();
    return Templates.targets(
        "Targets",
        search,
        STATES,
        KINDS,
        WatchList.of(watched(snapshot, now), snapshot, search, rows -> withStarts(rows, now), now));
  }

  private List<Watched> watched(TargetsSnapshot snapshot, Instant now) {
    return Stream.concat(
            snapshot.active().stream().map(target -> Watched.of(target, now)),
            probes.snapshot().stream().map(probe -> Watched.of(probe, now)))
        .toList();
  }

  /// Returns the rows with the true starts of those that this process saw only down.
  private List<Watched> withStarts(List<Watched> rows, Instant now) {
    if (rows.stream().noneMatch(one -> one.isOlder() && one.standing() == WatchState.DOWN)) {
      return rows;
    }
    List<Watched> known =
        Asked.of(
                work,
                () ->
                    rows.stream()
                        .map(
                            one ->
                                one.standing() == WatchState.DOWN
                                    ? WatchHistory.withStart(evaluator, one, now)
                                    : one)
                        .toList())
            .value();
    return known == null ? rows : known;
  }

  /// Shows a target, a probe or a heartbeat.
  ///
  /// @param range time range of its history: `24h` or `30d`
  @GET
  @Path("/{id}")
  public TemplateInstance target(
      @PathParam("id") String id,
      @QueryParam("range") @Nullable String range,
      @HeaderParam("Sec-CH-UA-Mobile") @Nullable String mobile,
      @HeaderParam("User-Agent") @Nullable String agent) {
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    Watched found =
        watched(scrapes.targets(), now).stream()
            .filter(one -> one.id().equals(id))
            .findFirst()
            .orElseThrow(
                () ->
                    new NothingFoundException(
                        "There is no target, probe or heartbeat '" + id + "'"));
    Asked<Watched> dated = Asked.of(work, () -> WatchHistory.withStart(evaluator, found, now));
    Watched one = dated.value() == null ? found : dated.value();
    WatchHistory.Range shown = WatchHistory.Range.of(range == null ? "" : range);
    return Templates.target(
        WatchRow.name(one),
        WatchPage.of(
            one,
            Watchers.of(one, boards.now(), rules.groups(), status.externalUrl(), now),
            new WatchPage.Answers(
                Asked.of(work, () -> WatchHistory.read(evaluator, one, shown, now)),
                chart(one, shown, GraphPanels.Screen.of(mobile, agent), now)),
            shown,
            now));
  }

  private Asked<GraphPanels.View> chart(
      Watched one, WatchHistory.Range range, GraphPanels.Screen screen, Instant now) {
    return one.kind() == Watched.Kind.HEARTBEAT
        ? Asked.nothing()
        : Asked.of(
            work,
            () ->
                new GraphPanels(evaluator)
                    .view(
                        GraphRequest.Panel.of(one.duration(), range.length(), null), now, screen));
  }
}
