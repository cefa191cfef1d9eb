package io.pharos.server.web.incident;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.ServiceStatus;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The page of incidents: every current alert, grouped by cause.
@Path("/incidents")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class IncidentPages {
  /// More incidents than a person reads; the filter finds the others.
  private static final int MAX_INCIDENTS = 150;

  /// The incident's own page lists all of its alerts.
  private static final int MAX_ALERTS = 5;

  private static final Map<String, Duration> DURATIONS =
      Map.of("1h", Duration.ofHours(1), "4h", Duration.ofHours(4), "24h", Duration.ofHours(24));

  private static final int MAX_COMMENT = 1000;

  /// A part of the page.
  record Part(String title, List<IncidentRow> rows) {}

  /// A choice of the filter by standing.
  record Choice(String word, long count, boolean isChosen) {}

  /// The form above the incidents.
  ///
  /// @param by label by whose values the incidents are grouped; empty for none
  record Form(
      String filter,
      String problem,
      String state,
      String by,
      List<String> suggestions,
      List<String> labels) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(
        String title,
        Form form,
        List<Choice> choices,
        List<Part> parts,
        int total,
        int hidden,
        String ledgerProblem,
        String problem,
        boolean maySilence);
  }

  private final IncidentBoard boards;
  private final Outbox outbox;
  private final Silences silences;
  private final ServiceStatus status;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  IncidentPages(
      IncidentBoard boards,
      Outbox outbox,
      Silences silences,
      ServiceStatus status,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.boards = boards;
    this.outbox = outbox;
    this.silences = silences;
    this.status = status;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Lists the incidents.
  ///
  /// @param filter matchers in Alertmanager's syntax
  /// @param state word of a standing
  /// @param by label by whose values the incidents are grouped
  @GET
  public TemplateInstance list(
      @RestQuery @Nullable String filter,
      @RestQuery @Nullable String state,
      @RestQuery @Nullable String by,
      @Context HttpServerRequest request) {
    return list(filter, state, by, "", clients.of(request));
  }

  private TemplateInstance list(
      @Nullable String filter,
      @Nullable String state,
      @Nullable String by,
      String problem,
      Client client) {
    Board board = boards.now();
    IncidentFilter wanted = IncidentFilter.of(filter, state);
    List<Incident> matching = wanted.apply(board.incidents());
    List<Incident> shown = matching.stream().limit(MAX_INCIDENTS).toList();
    Told told = Told.of(outbox, board);
    var rows = rows(board, told, client);
    String label = by == null ? "" : by;
    Map<String, Map<String, Integer>> pairs = IncidentFilter.pairs(board);
    return Templates.list(
        "Incidents",
        new Form(
            wanted.text(),
            wanted.problem(),
            wanted.standing().map(Standing::text).orElse(""),
            label,
            wanted.suggestions(pairs),
            IncidentFilter.labelNames(pairs)),
        choices(board, wanted),
        IncidentFilter.sections(shown, label).stream()
            .map(
                section ->
                    new Part(
                        section.title(),
                        section.incidents().stream()
                            .map(incident -> rows.row(incident, MAX_ALERTS))
                            .toList()))
            .toList(),
        Math.toIntExact(board.all().count()),
        matching.size() - shown.size(),
        told.problem(),
        problem,
        access.allows(client.fromOwnPage(), Scope.SILENCE_WRITE));
  }

  private IncidentRows rows(Board board, Told told, Client client) {
    return new IncidentRows(
        board,
        told,
        IncidentRows.byId(silences.list()),
        access.allows(client, Scope.ALERT_WRITE),
        status.externalUrl(),
        status.grafanaUrl());
  }

  private static List<Choice> choices(Board board, IncidentFilter wanted) {
    var choices = new ArrayList<Choice>();
    choices.add(new Choice("", board.all().count(), wanted.standing().isEmpty()));
    for (Standing standing : Standing.values()) {
      long count = board.count(standing);
      boolean isChosen = wanted.standing().equals(Optional.of(standing));
      if (count > 0 || isChosen) {
        choices.add(new Choice(standing.text(), count, isChosen));
      }
    }
    return choices;
  }

  /// Silences the chosen incidents, each by a silence of its own that matches the labels of its
  /// group.
  ///
  /// @param form fields `id` of each incident, `duration`, `by`, `comment`
  @POST
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.SILENCE_WRITE)
  public Response silence(MultivaluedMap<String, String> form, @Context HttpServerRequest request) {
    Board board = boards.now();
    List<Incident> chosen =
        form.getOrDefault("id", List.of()).stream()
            .distinct()
            .flatMap(id -> find(board, id).stream())
            .toList();
    Duration duration = DURATIONS.get(text(form, "duration"));
    String comment = text(form, "comment");
    String by = text(form, "by");
    String problem =
        chosen.isEmpty()
            ? "Choose at least one incident that is still there."
            : comment.length() + by.length() > MAX_COMMENT
                ? "Name and reason may have %d characters together.".formatted(MAX_COMMENT)
                : duration == null
                    ? "Choose 1 hour, 4 hours or 24 hours."
                    : set(chosen, duration, by, comment);
    boards.changed();
    return problem.isEmpty()
        ? Response.seeOther(URI.create("/incidents?state=silenced")).build()
        : Response.status(400)
            .entity(list("", "", "", problem, clients.of(request)).render())
            .type(MediaType.TEXT_HTML_TYPE)
            .build();
  }

  private static String text(MultivaluedMap<String, String> form, String field) {
    String text = form.getFirst(field);
    return text == null ? "" : text.strip();
  }

  /* Returns the problem of the first silence that can't be set; empty if all are set. */
  private String set(List<Incident> chosen, Duration duration, String by, String comment) {
    Instant now = clock.instant();
    for (Incident incident : chosen) {
      Labels labels =
          incident.groupLabels().isEmpty() ? incident.worst().labels() : incident.groupLabels();
      var matchers = new ArrayList<LabelMatcher>();
      labels.forEach((name, value) -> matchers.add(LabelMatcher.equal(name, value)));
      var silence =
          new Silence(
              "",
              matchers,
              now,
              now.plus(duration),
              now,
              by.isEmpty() ? "the page of incidents" : by,
              comment.isEmpty() ? "Silenced on the page of incidents" : comment);
      Optional<String> problem =
          switch (silences.set(silence)) {
            case Silences.SetOutcome.Stored _ -> Optional.empty();
            case Silences.SetOutcome.NotFound(String id) ->
                Optional.of("There is no silence " + id);
            case Silences.SetOutcome.Full(String message) -> Optional.of(message);
            case Silences.SetOutcome.Invalid(String message) -> Optional.of(message);
          };
      if (problem.isPresent()) {
        return "The silence of %s was refused: %s".formatted(labels, problem.get());
      }
    }
    return "";
  }

  /// Returns the incident with an id; empty if there is none or the text is no id.
  static Optional<Incident> find(Board board, String id) {
    return Stream.of(id)
        .filter(it -> it.matches("[0-9a-f]{16}"))
        .map(Fingerprint::parse)
        .flatMap(it -> board.find(it).stream())
        .findFirst();
  }
}
