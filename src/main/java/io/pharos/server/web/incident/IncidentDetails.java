package io.pharos.server.web.incident;

import static java.util.stream.Collectors.toSet;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.evidence.Breakdown;
import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.episode.ToldSpan;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.QueryException;
import io.pharos.rules.RuleManager;
import io.pharos.rules.RuleSnapshot;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.dashboard.DashboardFolder;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.query.GraphPanels;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The page of one incident, current or ended.
@Path("/incidents/{id}")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class IncidentDetails {
  /// More alerts than a person reads on one page.
  private static final int MAX_ALERTS = 100;

  /// Messages and earlier episodes on the page; the ledger's page has all.
  private static final int MAX_MESSAGES = 50;

  private static final int MAX_EPISODES = 10;

  /// How long before the alert its data were normal; longer than the windows of usual rules.
  private static final Duration CALM = Duration.ofMinutes(30);

  /// A label value that differs from the rest.
  record Difference(String label, String text) {}

  /// Where the trouble is.
  ///
  /// @param problem why it is unknown; empty if it is known
  record Differences(List<Difference> found, String problem) {}

  /// A message about the incident.
  ///
  /// @param subject `firing` or `resolved`, with the number of alerts
  record MessageRow(
      PageTime at, String state, String to, String subject, int attempts, String answer) {}

  /// An earlier episode.
  record EarlierRow(PageTime start, String lasted, int messages) {}

  /// Everything on the page that does not come from the alerts.
  ///
  /// @param ledgerProblem why the messages are unknown; empty if they are known
  record Around(
      EpisodeRow.Part episodes,
      List<MessageRow> messages,
      String ledgerProblem,
      Changes changes,
      List<EarlierRow> earlier) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance current(
        String title,
        String verdict,
        IncidentRow incident,
        String lasted,
        @Nullable IncidentRow cause,
        IncidentChart chart,
        Differences where,
        boolean hasLoki,
        Around around);

    static native TemplateInstance ended(
        String title, List<String> labels, String sentence, String silence, Around around);
  }

  private final EpisodePages pages;
  private final EpisodeService episodes;
  private final IncidentBoard boards;
  private final Outbox outbox;
  private final Silences silences;
  private final ChangeSearch search;
  private final DashboardFolder sources;
  private final RuleManager rules;
  private final Evaluator evaluator;
  private final QueryWork work;
  private final ServiceStatus status;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  IncidentDetails(
      EpisodePages pages,
      EpisodeService episodes,
      IncidentBoard boards,
      Outbox outbox,
      Silences silences,
      ChangeSearch search,
      DashboardFolder sources,
      RuleManager rules,
      Evaluator evaluator,
      QueryWork work,
      ServiceStatus status,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.pages = pages;
    this.episodes = episodes;
    this.boards = boards;
    this.outbox = outbox;
    this.silences = silences;
    this.search = search;
    this.sources = sources;
    this.rules = rules;
    this.evaluator = evaluator;
    this.work = work;
    this.status = status;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Shows the incident. The address of an alert leads to its incident.
  ///
  /// @param id fingerprint of the group's labels, or of an alert, or the number of an episode
  @GET
  public Response show(
      @PathParam("id") String id,
      @HeaderParam("Sec-CH-UA-Mobile") @Nullable String mobile,
      @HeaderParam("User-Agent") @Nullable String agent,
      @Context HttpServerRequest request) {
    if (id.matches("[1-9][0-9]{0,14}")) {
      return ofEpisode(Long.parseLong(id));
    }
    Board board = boards.now();
    Client client = clients.of(request);
    Optional<Incident> current = IncidentPages.find(board, id);
    if (current.isPresent()) {
      return page(current(board, current.get(), client, GraphPanels.Screen.of(mobile, agent)));
    }
    if (id.matches("[0-9a-f]{16}")) {
      Fingerprint fingerprint = Fingerprint.parse(id);
      Optional<Incident> ofAlert = board.ofAlert(fingerprint);
      if (ofAlert.isPresent()) {
        return Response.seeOther(URI.create(PageLinks.incident(ofAlert.get().groupLabels())))
            .build();
      }
      Told told = Told.ofAll(outbox);
      List<LedgerEntry> entries =
          told.byGroup().values().stream()
              .flatMap(List::stream)
              .filter(entry -> Fingerprint.of(entry.groupLabels()).equals(fingerprint))
              .toList();
      if (!entries.isEmpty()) {
        return page(ended(entries, client));
      }
      EpisodeRow.Part part = pages.part(fingerprint, client);
      if (!part.rows().isEmpty()) {
        return page(endedLongAgo(part));
      }
      if (!told.problem().isEmpty()) {
        return page(unknown(told.problem()));
      }
    }
    throw new NothingFoundException(
        "There is no incident '" + id + "', or it ended and its messages are no longer kept");
  }

  private Response ofEpisode(long number) {
    return episodes
        .find(number)
        .map(
            episode ->
                Response.seeOther(
                        URI.create(
                            PageLinks.incident(episode.groupLabels()) + "#episode-" + number))
                    .build())
        .orElseThrow(() -> new NothingFoundException("There is no episode '" + number + "'"));
  }

  private static TemplateInstance endedLongAgo(EpisodeRow.Part part) {
    return Templates.ended(
        "Incident",
        List.of(),
        "It ended; its messages are no longer in the ledger.",
        "",
        new Around(part, List.of(), "", new Changes(List.of(), "", List.of(), ""), List.of()));
  }

  private static Response page(TemplateInstance page) {
    return Response.ok(page.render(), MediaType.TEXT_HTML_TYPE).build();
  }

  private TemplateInstance current(
      Board board, Incident incident, Client client, GraphPanels.Screen screen) {
    List<String> keys =
        incident.alerts().stream()
            .flatMap(alert -> alert.routes().stream())
            .map(AlertOverview.Routed::groupKey)
            .distinct()
            .toList();
    Told told = Told.merged(keys.stream().map(key -> Told.ofGroup(outbox, key)).toList());
    List<LedgerEntry> entries = told.byGroup().values().stream().flatMap(List::stream).toList();
    Map<String, Silence> known = IncidentRows.byId(silences.list());
    Set<String> services =
        incident.alerts().stream()
            .map(alert -> alert.labels().get("service"))
            .filter(it -> !it.isEmpty())
            .collect(toSet());
    Around around =
        around(incident.id(), entries, told.problem(), incident.since(), services, client);
    var rows =
        new IncidentRows(
            board,
            told,
            known,
            access.allows(client, Scope.ALERT_WRITE),
            status.externalUrl(),
            status.grafanaUrl());
    return Templates.current(
        incident.worst().name().isEmpty() ? "Incident" : PageText.of(incident.worst().name()),
        verdict(incident),
        rows.row(incident, MAX_ALERTS),
        PageTime.span(Duration.between(incident.since(), board.at())),
        cause(board, incident).map(it -> rows.row(it, 1)).orElse(null),
        IncidentChart.of(
            incident.worst(),
            marks(incident.worst(), known, around),
            board.at(),
            evaluator,
            work,
            screen),
        where(incident.worst(), board.at()),
        sources.sources().logs().isPresent(),
        around);
  }

  /* The page must show the alerts even if the engine does not answer. */
  private Differences where(CurrentAlert alert, Instant now) {
    Optional<String> query =
        alert
            .origin()
            .map(CurrentAlert.Origin::rule)
            .filter(it -> !it.isOfLines())
            .map(RuleSnapshot.Alerting::query);
    if (query.isEmpty()) {
      return new Differences(List.of(), "");
    }
    long before = alert.since().minus(CALM).toEpochMilli();
    try {
      var breakdown = new Breakdown(evaluator, this::recorded);
      return new Differences(
          work
              .call(
                  Optional.of(IncidentChart.MAX_WAIT),
                  () -> breakdown.of(query.get(), alert.labels(), before, now.toEpochMilli()))
              .stream()
              .map(IncidentDetails::difference)
              .toList(),
          "");
    } catch (BusyException e) {
      return new Differences(List.of(), e.text());
    } catch (CancelledException _) {
      return new Differences(List.of(), IncidentChart.TOO_LONG);
    } catch (QueryException e) {
      return new Differences(List.of(), e.reason());
    }
  }

  private static Difference difference(Breakdown.Part part) {
    String label = PageText.of(LabelMatcher.equal(part.label(), part.value()).toString());
    return new Difference(
        label,
        Double.isNaN(part.share())
            ? percent(part.part())
                + " of it"
                + (Double.isNaN(part.partBefore())
                    ? "; there was none before"
                    : ", before the alert " + percent(part.partBefore()))
            : "%s here, %s elsewhere; %s of all of them"
                .formatted(percent(part.share()), percent(part.restShare()), percent(part.part())));
  }

  private static String percent(double share) {
    return GoFloat.rounded(share * 100, 2) + " %";
  }

  private Optional<String> recorded(String metric) {
    return rules.groups().stream()
        .flatMap(group -> group.rules().stream())
        .filter(rule -> rule instanceof RuleSnapshot.Recording && rule.name().equals(metric))
        .filter(rule -> !rule.isOfLines())
        .map(RuleSnapshot::query)
        .findFirst();
  }

  /* The class of the first sentence. An alert that fires always is well while it fires. */
  private static String verdict(Incident incident) {
    return Board.isHeartbeat(incident.worst().name())
        ? "ok"
        : incident.standing() == Standing.FIRING ? "firing" : "unknown";
  }

  private static List<IncidentChart.Mark> marks(
      CurrentAlert alert, Map<String, Silence> known, Around around) {
    return Stream.concat(
            IncidentChart.silences(alert, known).stream(),
            around
                .changes()
                .all()
                .map(
                    change ->
                        new IncidentChart.Mark(change.time().getEpochSecond(), change.name())))
        .toList();
  }

  private static Optional<Incident> cause(Board board, Incident incident) {
    return board
        .all()
        .filter(it -> it.consequences().stream().anyMatch(one -> one.id().equals(incident.id())))
        .findFirst();
  }

  private TemplateInstance ended(List<LedgerEntry> entries, Client client) {
    LedgerEntry newest =
        entries.stream().max(Comparator.comparing(LedgerEntry::decidedAt)).orElseThrow();
    Labels group = newest.groupLabels();
    List<ToldSpan> spans = ToldSpan.of(entries);
    Instant start = spans.isEmpty() ? newest.decidedAt() : spans.getFirst().start();
    Instant now = clock.instant();
    String name = group.get("alertname");
    return Templates.ended(
        name.isEmpty() ? "Incident" : PageText.of(name),
        PageText.chips(group),
        Told.ending(spans, now),
        group.isEmpty() ? "" : PageLinks.silence(group),
        around(
            Fingerprint.of(group),
            entries,
            "",
            start,
            group.has("service") ? Set.of(group.get("service")) : Set.of(),
            client));
  }

  private static TemplateInstance unknown(String problem) {
    return Templates.ended(
        "Incident",
        List.of(),
        "Nothing of it is there now, and whether it was there before is unknown.",
        "",
        new Around(
            new EpisodeRow.Part(List.of(), "", "", false),
            List.of(),
            problem,
            new Changes(List.of(), problem, List.of(), problem),
            List.of()));
  }

  private Around around(
      Fingerprint id,
      List<LedgerEntry> entries,
      String problem,
      Instant start,
      Set<String> services,
      Client client) {
    Instant now = clock.instant();
    boolean showsAnswers = access.allows(client, Scope.ALERT_WRITE);
    List<ToldSpan> spans = entries.isEmpty() ? List.of() : ToldSpan.of(entries);
    return new Around(
        pages.part(id, client),
        entries.stream()
            .sorted(Comparator.comparing(LedgerEntry::decidedAt).reversed())
            .limit(MAX_MESSAGES)
            .map(entry -> message(showsAnswers ? entry : entry.withoutAnswers(), now))
            .toList(),
        problem,
        search.near(start, services, access.allows(client, Scope.GATE_READ), status.startedAt()),
        spans.stream()
            .skip(1)
            .limit(MAX_EPISODES)
            .map(
                it ->
                    new EarlierRow(
                        PageTime.of(it.start(), now),
                        it.end()
                            .map(end -> PageTime.span(Duration.between(it.start(), end)))
                            .orElse("unknown"),
                        it.messages()))
            .toList());
  }

  private static MessageRow message(LedgerEntry entry, Instant now) {
    Instant finished = entry.finishedAt();
    return new MessageRow(
        PageTime.of(finished == null ? entry.decidedAt() : finished, now),
        entry.status().name().toLowerCase(Locale.ROOT),
        entry.key().integration().receiver() + " by " + entry.key().integration().type(),
        subject(entry),
        entry.attempts(),
        PageText.of(entry.answer()));
  }

  private static String subject(LedgerEntry entry) {
    var parts = new ArrayList<String>();
    if (entry.firing() > 0) {
      parts.add(entry.firing() + " firing");
    }
    if (entry.resolved() > 0) {
      parts.add(entry.resolved() + " resolved");
    }
    return String.join(", ", parts);
  }
}
