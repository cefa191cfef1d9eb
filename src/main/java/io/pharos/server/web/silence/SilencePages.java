package io.pharos.server.web.silence;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Holder;
import io.pharos.access.LinkSignatures;
import io.pharos.access.LinkSignatures.Permit;
import io.pharos.access.Scope;
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
import io.pharos.server.api.RefusalPage;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.trouble.StoreUnavailableException;
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
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneId;
import java.util.List;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// The pages of silences, and the page that the silence links in messages open. That page creates
/// no silence before its form is submitted, because mail scanners open links too.
@Path("/silences")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class SilencePages {
  private static final int MAX_MATCHERS = 100;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(
        String title,
        @Nullable SilenceBoard board,
        List<String> troubles,
        String problem,
        boolean mayWrite,
        boolean takesTokens,
        String zone);

    static native TemplateInstance ask(
        String title,
        Draft draft,
        HiddenAlerts hidden,
        String problem,
        boolean mayWrite,
        boolean takesTokens,
        String next);

    static native TemplateInstance link(
        String title,
        LinkForm form,
        HiddenAlerts hidden,
        List<LinkedSilence.Choice> choices,
        String done,
        String problem);
  }

  /// A new silence as a person filled in its form.
  record Draft(List<String> matchers, String duration, String by, String comment) {
    Draft {
      matchers = matchers.stream().filter(text -> !text.isBlank()).toList();
    }

    static Draft of(
        @Nullable List<String> matchers,
        @Nullable String duration,
        @Nullable String by,
        @Nullable String comment) {
      return new Draft(
          matchers == null ? List.of() : matchers, text(duration), text(by), text(comment));
    }

    Draft withDefaults(String name) {
      return new Draft(
          matchers, duration.isEmpty() ? "1h" : duration, by.isEmpty() ? name : by, comment);
    }
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
        query
            .append(query.indexOf("?") < 0 ? "?matcher=" : "&matcher=")
            .append(PageLinks.encoded(matcher));
      }
      return query
          .append("&expires=")
          .append(PageLinks.encoded(expires))
          .append("&delivery=")
          .append(PageLinks.encoded(delivery))
          .append("&signature=")
          .append(PageLinks.encoded(signature))
          .toString();
    }
  }

  private final Silences silences;
  private final Dispatcher dispatcher;
  private final LinkSignatures links;
  private final ServiceStatus status;
  private final AccessControl access;
  private final RequestClient clients;
  private final RefusalPage refusals;
  private final InstantSource clock;

  SilencePages(
      Silences silences,
      Dispatcher dispatcher,
      LinkSignatures links,
      ServiceStatus status,
      AccessControl access,
      RequestClient clients,
      RefusalPage refusals,
      InstantSource clock) {
    this.silences = silences;
    this.dispatcher = dispatcher;
    this.links = links;
    this.status = status;
    this.access = access;
    this.clients = clients;
    this.refusals = refusals;
    this.clock = clock;
  }

  /// Lists the silences, with the alerts that they hide.
  @GET
  public Response list(@Context HttpServerRequest request) {
    return list(200, "", clients.of(request).fromOwnPage());
  }

  private Response list(int answer, String problem, Client client) {
    SilenceBoard board = null;
    String trouble = problem;
    int code = answer;
    try {
      board = SilenceBoard.of(silences.list(), alerts(), clock.instant());
    } catch (StoreUnavailableException e) {
      trouble = unavailable(e);
      code = 503;
    }
    return page(
        code,
        Templates.list(
            "Silences",
            board,
            status.storageTroubles(),
            trouble,
            access.allows(client, Scope.SILENCE_WRITE),
            access.takesTokens(),
            LinkedSilence.name(zone())));
  }

  private static String unavailable(StoreUnavailableException e) {
    return "The store is unavailable, so the silences are unknown: "
        + PageText.of(String.valueOf(e.getMessage()));
  }

  /// Ends a silence.
  @POST
  @Path("/{id}/expire")
  @Needs(Scope.SILENCE_WRITE)
  public Response expire(@PathParam("id") String id, @Context HttpServerRequest request) {
    try {
      return silences.expire(id).isPresent()
          ? seeOther("/silences")
          : list(404, noSilence(id), clients.of(request));
    } catch (StoreUnavailableException e) {
      return list(503, unavailable(e), clients.of(request));
    }
  }

  /// Moves the end of a silence.
  ///
  /// @param form field `by`, a duration that is added to the end, or `until`, the new end
  @POST
  @Path("/{id}/extend")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.SILENCE_WRITE)
  public Response extend(
      @PathParam("id") String id,
      MultivaluedMap<String, String> form,
      @Context HttpServerRequest request) {
    Client client = clients.of(request);
    var end = new SilenceEnd(text(form.getFirst("by")), text(form.getFirst("until")));
    try {
      Silence silence = silences.get(id).orElse(null);
      if (silence == null) {
        return list(404, noSilence(id), client);
      }
      return switch (silences.set(end.of(silence, zone(), clock.instant()))) {
        case Silences.SetOutcome.Stored(String current) -> seeOther("/silences#" + current);
        case Silences.SetOutcome.NotFound _ -> list(404, noSilence(id), client);
        case Silences.SetOutcome.Full(String message) -> list(429, message, client);
        case Silences.SetOutcome.Invalid(String message) -> list(400, message, client);
      };
    } catch (StoreUnavailableException e) {
      return list(503, unavailable(e), client);
    } catch (IllegalArgumentException e) {
      return list(400, PageText.of(String.valueOf(e.getMessage())), client);
    }
  }

  private static String noSilence(String id) {
    return "There is no silence " + PageText.of(id) + ".";
  }

  private static Response seeOther(String address) {
    return Response.status(303).header(HttpHeaders.LOCATION, URI.create(address)).build();
  }

  /// Shows the form for a new silence.
  ///
  /// @param matcher, duration, by, comment values with which the form is filled in; the page shows
  ///   which alerts the silence would hide
  /// @param expires, delivery, signature parts of the signed link in a message; null if the page
  ///   was not opened by such a link
  @GET
  @Path("/new")
  @Exempt(Exemption.SILENCE_LINK)
  public Response ask(
      @RestQuery List<String> matcher,
      @RestQuery @Nullable String duration,
      @RestQuery @Nullable String by,
      @RestQuery @Nullable String comment,
      @RestQuery @Nullable String expires,
      @RestQuery @Nullable String delivery,
      @RestQuery @Nullable String signature,
      @Context HttpServerRequest request) {
    Client client = clients.of(request).fromOwnPage();
    var draft = Draft.of(matcher, duration, by, comment);
    return switch (check(matcher, expires, delivery, signature)) {
      case LinkSignatures.Check.Valid(Permit permit) ->
          showLink(200, permit, String.valueOf(signature), "");
      case LinkSignatures.Check.Expired expired ->
          form(410, client, draft, LinkedSilence.expired(expired.at(), zone()), request.uri());
      case LinkSignatures.Check.Unsigned _ ->
          form(
              200,
              client,
              draft,
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
    var draft = Draft.of(matcher, time, by, comment);
    return switch (check(matcher, expires, delivery, signature)) {
      case LinkSignatures.Check.Valid(Permit permit) ->
          createByLink(permit, String.valueOf(signature), time, by, comment);
      case LinkSignatures.Check.Expired expired ->
          form(410, client, draft, LinkedSilence.expired(expired.at(), zone()), "");
      case LinkSignatures.Check.Unsigned _ -> createByClient(client, draft);
    };
  }

  private LinkSignatures.Check check(
      List<String> matchers,
      @Nullable String expires,
      @Nullable String delivery,
      @Nullable String signature) {
    return expires == null || delivery == null || signature == null
        ? new LinkSignatures.Check.Unsigned()
        : links.check(
            LinkSignatures.Purpose.SILENCE,
            matchers,
            expires,
            delivery,
            signature,
            clock.instant());
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

  private Response createByClient(Client client, Draft draft) {
    return switch (access.authorize(client, Scope.SILENCE_WRITE)) {
      case Access.Missing _ -> form(401, client, draft, "Log in to create a silence.", "");
      case Access.Invalid(String reason) -> refused(401, client, draft, reason);
      case Access.Forbidden(String reason) -> refused(403, client, draft, reason);
      case Access.Limited limited -> refused(429, client, draft, limited.reason());
      case Access.Unknown(String reason) ->
          form(503, client, draft, "Your permission can't be checked now: " + reason, "");
      case Access.Granted granted -> create(client, draft, granted.name());
    };
  }

  private Response refused(int status, Client client, Draft draft, String reason) {
    return form(status, client, draft, "You may not create a silence: " + reason + ".", "");
  }

  private Response create(Client client, Draft draft, String name) {
    if (draft.duration().isEmpty()) {
      String problem = "The duration is missing; enter 2h, 30m or 1d, for example.";
      return form(400, client, draft, problem, "");
    }
    String by = draft.by().isEmpty() ? name : draft.by();
    try {
      var now = clock.instant();
      Instant end = now.plus(PromDuration.parse(draft.duration()));
      var silence = new Silence("", parse(draft.matchers()), now, end, now, by, draft.comment());
      return switch (silences.set(silence)) {
        case Silences.SetOutcome.Stored(String id) -> seeOther("/silences#" + id);
        case Silences.SetOutcome.NotFound(String id) -> form(404, client, draft, noSilence(id), "");
        case Silences.SetOutcome.Full(String message) -> form(429, client, draft, message, "");
        case Silences.SetOutcome.Invalid(String message) -> form(400, client, draft, message, "");
      };
    } catch (StoreUnavailableException e) {
      String problem = "The store is unavailable, so the silence was not created: ";
      return form(503, client, draft, problem + PageText.of(String.valueOf(e.getMessage())), "");
    } catch (IllegalArgumentException e) {
      return form(400, client, draft, String.valueOf(e.getMessage()), "");
    }
  }

  /// Returns the page that the caller's permissions allow. Callers who may create silences get the
  /// form. Callers who may only read get the matching alerts and a login. Others get only the
  /// login.
  private Response form(int status, Client client, Draft draft, String problem, String next) {
    boolean mayWrite = access.allows(client, Scope.SILENCE_WRITE);
    if (!mayWrite && !access.allows(client, Scope.READ)) {
      return refusals.page(401, problem.isEmpty() ? "Please log in." : problem, next);
    }
    HiddenAlerts hidden;
    String trouble = problem;
    try {
      hidden = HiddenAlerts.of(alerts(), parse(draft.matchers()));
    } catch (IllegalArgumentException e) {
      hidden = HiddenAlerts.NONE;
      trouble = problem.isEmpty() ? String.valueOf(e.getMessage()) : problem;
    }
    String name = access.holder(client).map(Holder::name).orElse("");
    return page(
        status,
        Templates.ask(
            "New silence",
            draft.withDefaults(name),
            hidden,
            trouble,
            mayWrite,
            access.takesTokens(),
            next));
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

  private static Response page(int status, TemplateInstance page) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(page.render())
        .build();
  }
}
