package io.pharos.server.web;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.access.SilenceLinkTokens;
import io.pharos.access.SilenceLinkTokens.Permit;
import io.pharos.alerting.dispatch.AlertOverview;
import io.pharos.alerting.dispatch.Dispatcher;
import io.pharos.alerting.silence.Silence;
import io.pharos.alerting.silence.Silences;
import io.pharos.model.LabelMatcher;
import io.pharos.model.MatcherParser;
import io.pharos.model.PromDuration;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RequestClient;
import io.pharos.server.web.design.PageTime;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The pages of silences, and the page that the silence links in messages open. That page creates
/// no silence before its form is submitted, because mail scanners open links too.
@Path("/silences")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class SilencePages {
  private static final int MAX_MATCHERS = 100;

  /// One silence as a row.
  ///
  /// @param id id of the silence; empty if it has expired or the caller may not end it
  record Row(String id, String state, String matchers, PageTime until, String by, String comment) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(String title, List<Row> silences, boolean mayWrite);

    static native TemplateInstance ask(
        String title,
        List<String> matchers,
        HiddenAlerts hidden,
        String problem,
        boolean mayWrite,
        boolean takesTokens,
        String by,
        String next);

    static native TemplateInstance link(
        String title,
        LinkForm form,
        HiddenAlerts hidden,
        List<LinkedSilence.Choice> choices,
        String done,
        String problem);
  }

  /// The hidden fields of the form that a signed link opens.
  record LinkForm(List<String> matchers, String expires, String delivery, String signature) {
    LinkForm {
      matchers = List.copyOf(matchers);
    }

    /// Returns the URL of the form's page.
    String address() {
      var query = new StringBuilder("/silences/new");
      for (String matcher : matchers) {
        query.append(query.indexOf("?") < 0 ? "?matcher=" : "&matcher=").append(encode(matcher));
      }
      return query
          .append("&expires=")
          .append(encode(expires))
          .append("&delivery=")
          .append(encode(delivery))
          .append("&signature=")
          .append(encode(signature))
          .toString();
    }
  }

  private final Silences silences;
  private final Dispatcher dispatcher;
  private final SilenceLinkTokens links;
  private final AccessControl access;
  private final RequestClient clients;
  private final SessionPages sessions;
  private final InstantSource clock;

  SilencePages(
      Silences silences,
      Dispatcher dispatcher,
      SilenceLinkTokens links,
      AccessControl access,
      RequestClient clients,
      SessionPages sessions,
      InstantSource clock) {
    this.silences = silences;
    this.dispatcher = dispatcher;
    this.links = links;
    this.access = access;
    this.clients = clients;
    this.sessions = sessions;
    this.clock = clock;
  }

  /// Lists the silences.
  @GET
  public TemplateInstance list(@Context HttpServerRequest request) {
    var now = clock.instant();
    boolean mayWrite = access.allows(clients.of(request).fromOwnPage(), Scope.SILENCE_WRITE);
    return Templates.list(
        "Silences",
        silences.list().stream()
            .map(
                silence ->
                    new Row(
                        mayWrite && silence.state(now) != Silence.State.EXPIRED ? silence.id() : "",
                        silence.state(now).text(),
                        silence.matchers().stream()
                            .map(LabelMatcher::toString)
                            .collect(Collectors.joining(", ")),
                        PageTime.of(silence.endsAt()),
                        silence.createdBy(),
                        silence.comment()))
            .toList(),
        mayWrite);
  }

  /// Ends a silence.
  @POST
  @Path("/{id}/expire")
  @Needs(Scope.SILENCE_WRITE)
  public Response expire(@PathParam("id") String id) {
    silences.expire(id);
    return Response.seeOther(URI.create("/silences")).build();
  }

  /// Shows the form for a new silence.
  ///
  /// @param matcher the matchers with which the form is filled in
  /// @param expires, delivery, signature parts of the signed link in a message; null if the page
  ///   was not opened by such a link
  @GET
  @Path("/new")
  @Exempt(Exemption.SILENCE_LINK)
  public Response ask(
      @RestQuery List<String> matcher,
      @RestQuery @Nullable String expires,
      @RestQuery @Nullable String delivery,
      @RestQuery @Nullable String signature,
      @Context HttpServerRequest request) {
    Client client = clients.of(request).fromOwnPage();
    return switch (check(matcher, expires, delivery, signature)) {
      case SilenceLinkTokens.Check.Valid(Permit permit) ->
          showLink(200, permit, String.valueOf(signature), "");
      case SilenceLinkTokens.Check.Expired expired ->
          form(410, client, matcher, LinkedSilence.expired(expired.at(), zone()), request.uri());
      case SilenceLinkTokens.Check.Unsigned _ ->
          form(
              200,
              client,
              matcher,
              signature == null
                  ? ""
                  : "This link was changed or is incomplete: open it from the message again, or log in.",
              request.uri());
    };
  }

  /// Creates the silence, or shows the form again with the problem.
  @POST
  @Path("/new")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Exempt(Exemption.SILENCE_LINK)
  public Response create(MultivaluedMap<String, String> form, @Context HttpServerRequest request) {
    List<String> matcher = form.getOrDefault("matcher", List.of());
    String by = form.getFirst("by");
    String comment = form.getFirst("comment");
    String expires = form.getFirst("expires");
    String delivery = form.getFirst("delivery");
    String signature = form.getFirst("signature");
    Client client = clients.of(request);
    String time = text(form.getFirst("duration"));
    return switch (check(matcher, expires, delivery, signature)) {
      case SilenceLinkTokens.Check.Valid(Permit permit) ->
          createByLink(permit, String.valueOf(signature), time, by, comment);
      case SilenceLinkTokens.Check.Expired expired ->
          form(410, client, matcher, LinkedSilence.expired(expired.at(), zone()), "");
      case SilenceLinkTokens.Check.Unsigned _ -> createByClient(client, matcher, time, by, comment);
    };
  }

  private SilenceLinkTokens.Check check(
      List<String> matchers,
      @Nullable String expires,
      @Nullable String delivery,
      @Nullable String signature) {
    return expires == null || delivery == null || signature == null
        ? new SilenceLinkTokens.Check.Unsigned()
        : links.check(matchers, expires, delivery, signature, clock.instant());
  }

  private Response createByLink(
      Permit permit,
      String signature,
      String duration,
      @Nullable String by,
      @Nullable String comment) {
    try {
      Silence silence =
          new LinkedSilence(permit, zone())
              .silence(silences.list(), duration, text(by), text(comment), clock.instant());
      return switch (silences.set(silence)) {
        case Silences.SetOutcome.Stored _ ->
            Response.status(303)
                .header(HttpHeaders.LOCATION, URI.create(form(permit, signature).address()))
                .build();
        case Silences.SetOutcome.NotFound(String id) ->
            showLink(404, permit, signature, "There is no silence " + id + ".");
        case Silences.SetOutcome.Full(String message) -> showLink(429, permit, signature, message);
        case Silences.SetOutcome.Invalid(String message) ->
            showLink(400, permit, signature, message);
      };
    } catch (IllegalArgumentException e) {
      return showLink(400, permit, signature, String.valueOf(e.getMessage()));
    }
  }

  private Response showLink(int status, Permit permit, String signature, String problem) {
    var silence = new LinkedSilence(permit, zone());
    List<LabelMatcher> matchers = silence.matchers();
    return page(
        status,
        Templates.link(
            "Silence",
            form(permit, signature),
            HiddenAlerts.of(alerts(), matchers),
            LinkedSilence.choices(clock.instant(), zone()),
            silence.done(silences.list(), clock.instant()),
            problem));
  }

  private static LinkForm form(Permit permit, String signature) {
    return new LinkForm(
        permit.matchers(),
        Long.toString(permit.expires().getEpochSecond()),
        permit.delivery(),
        signature);
  }

  private Response createByClient(
      Client client,
      List<String> matchers,
      String duration,
      @Nullable String by,
      @Nullable String comment) {
    return switch (access.authorize(client, Scope.SILENCE_WRITE)) {
      case Access.Missing _ -> form(401, client, matchers, "Log in to create a silence.", "");
      case Access.Invalid(String reason) ->
          form(401, client, matchers, "You may not create a silence: " + reason + ".", "");
      case Access.Forbidden(String reason) ->
          form(403, client, matchers, "You may not create a silence: " + reason + ".", "");
      case Access.Limited limited ->
          form(
              429, client, matchers, "You may not create a silence: " + limited.reason() + ".", "");
      case Access.Unknown(String reason) ->
          form(503, client, matchers, "Your permission can't be checked now: " + reason, "");
      case Access.Granted granted -> {
        String author = text(by).isEmpty() ? granted.name() : text(by);
        yield create(client, matchers, duration, author, text(comment));
      }
    };
  }

  private Response create(
      Client client, List<String> matchers, String duration, String by, String comment) {
    if (duration.isBlank()) {
      String problem = "The duration is missing; enter 2h, 30m or 1d, for example.";
      return form(400, client, matchers, problem, "");
    }
    try {
      var now = clock.instant();
      Instant end = now.plus(PromDuration.parse(duration));
      return switch (silences.set(new Silence("", parse(matchers), now, end, now, by, comment))) {
        case Silences.SetOutcome.Stored _ -> Response.seeOther(URI.create("/silences")).build();
        case Silences.SetOutcome.NotFound(String id) ->
            form(404, client, matchers, "There is no silence " + id + ".", "");
        case Silences.SetOutcome.Full(String message) -> form(429, client, matchers, message, "");
        case Silences.SetOutcome.Invalid(String message) ->
            form(400, client, matchers, message, "");
      };
    } catch (IllegalArgumentException e) {
      return form(400, client, matchers, String.valueOf(e.getMessage()), "");
    }
  }

  /// Returns the page that the caller's permissions allow. Callers who may create silences get the
  /// form. Callers who may only read get the matching alerts and a login. Others get only the
  /// login.
  private Response form(
      int status, Client client, List<String> matchers, String problem, String next) {
    boolean mayWrite = access.allows(client, Scope.SILENCE_WRITE);
    if (!mayWrite && !access.allows(client, Scope.READ)) {
      return sessions.page(401, problem.isEmpty() ? "Please log in." : problem, next);
    }
    HiddenAlerts hidden;
    String trouble = problem;
    try {
      hidden = HiddenAlerts.of(alerts(), parse(matchers));
    } catch (IllegalArgumentException e) {
      hidden = HiddenAlerts.NONE;
      trouble = problem.isEmpty() ? String.valueOf(e.getMessage()) : problem;
    }
    String session = client.session();
    String name = session == null ? "" : access.nameOf(session).orElse("");
    return page(
        status,
        Templates.ask(
            "Silence", matchers, hidden, trouble, mayWrite, access.takesTokens(), name, next));
  }

  private List<AlertOverview.Status> alerts() {
    return dispatcher.alerts(_ -> true);
  }

  private ZoneId zone() {
    return dispatcher.config().messages().voice().zone();
  }

  private static List<LabelMatcher> parse(List<String> matchers) {
    if (matchers.size() > MAX_MATCHERS) {
      throw new IllegalArgumentException(
          "expected at most " + MAX_MATCHERS + " matchers, found " + matchers.size());
    }
    return matchers.stream()
        .filter(text -> !text.isBlank())
        .map(MatcherParser::parseMatcher)
        .toList();
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text.strip();
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }

  private static Response page(int status, TemplateInstance page) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(page.render())
        .build();
  }

  /// The current alerts that a silence would match.
  ///
  /// @param total number of matching alerts
  /// @param shown the first of these alerts, at most 10
  public record HiddenAlerts(int total, List<Line> shown) {
    private static final int MAX_SHOWN = 10;

    static final HiddenAlerts NONE = new HiddenAlerts(0, List.of());

    /// One alert.
    public record Line(String name, String summary, String labels) {}

    public HiddenAlerts {
      shown = List.copyOf(shown);
    }

    /// Selects the alerts that match all matchers. Without matchers, selects no alerts.
    static HiddenAlerts of(List<AlertOverview.Status> alerts, List<LabelMatcher> matchers) {
      if (matchers.isEmpty()) {
        return NONE;
      }
      List<Line> lines =
          alerts.stream()
              .map(state -> state.alert())
              .filter(alert -> LabelMatcher.matchesAll(matchers, alert.labels()))
              .map(
                  alert ->
                      new Line(
                          alert.labels().get("alertname"),
                          alert.annotations().get("summary"),
                          alert.labels().without(List.of("alertname")).toString()))
              .toList();
      return new HiddenAlerts(lines.size(), lines.subList(0, Math.min(MAX_SHOWN, lines.size())));
    }

    /// Returns the number of matching alerts that are not shown.
    public int more() {
      return total - shown.size();
    }
  }
}
