package io.pharos.web;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alertmanager.MatcherParser;
import io.pharos.model.LabelMatcher;
import io.pharos.model.PromDuration;
import io.pharos.silence.SetOutcome;
import io.pharos.silence.Silence;
import io.pharos.silence.Silences;
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
import jakarta.ws.rs.core.Response;
import java.net.URI;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jboss.resteasy.reactive.RestForm;
import org.jboss.resteasy.reactive.RestQuery;

/// Silences, and the page that a message's "silence" button opens: it asks before it silences,
/// since mail scanners follow links.
@Path("/silences")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class SilencePages {
  /// One silence as a row.
  record Row(String state, String matchers, Moment until, String by, String comment) {}

  /// The pages' templates, checked at build time.
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance list(String title, List<Row> silences);

    static native TemplateInstance ask(String title, List<String> matchers, String problem);
  }

  private final Silences silences;
  private final AccessControl access;
  private final InstantSource clock;

  SilencePages(Silences silences, AccessControl access, InstantSource clock) {
    this.silences = silences;
    this.access = access;
    this.clock = clock;
  }

  @GET
  public TemplateInstance list() {
    var now = clock.instant();
    return Templates.list(
        "Silences",
        silences.list().stream()
            .map(
                silence ->
                    new Row(
                        silence.state(now).text(),
                        silence.matchers().stream()
                            .map(LabelMatcher::toString)
                            .collect(Collectors.joining(", ")),
                        Moment.of(silence.endsAt()),
                        silence.createdBy(),
                        silence.comment()))
            .toList());
  }

  @GET
  @Path("/new")
  public TemplateInstance ask(@RestQuery List<String> matcher) {
    return Templates.ask("Silence", matcher, "");
  }

  /// Creates the silence, or shows the form again with what was wrong.
  @POST
  @Path("/new")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response create(
      @RestForm List<String> matcher,
      @RestForm String duration,
      @RestForm String by,
      @RestForm String comment,
      @Context HttpServerRequest request) {
    var address = request.remoteAddress();
    var client = Client.of(request::getHeader, address == null ? null : address.hostAddress());
    if (!(access.authorize(client, Scope.SILENCE_WRITE) instanceof Access.Granted)) {
      return again(
          403, matcher, "You may not silence from here: it needs a token with silence:write.");
    }
    try {
      var matchers = new ArrayList<LabelMatcher>();
      for (String text : matcher) {
        if (!text.isBlank()) {
          matchers.add(MatcherParser.parseMatcher(text));
        }
      }
      var now = clock.instant();
      var wanted =
          new Silence("", matchers, now, now.plus(PromDuration.parse(duration)), now, by, comment);
      return switch (silences.set(wanted)) {
        case SetOutcome.Stored _ -> Response.seeOther(URI.create("/silences")).build();
        case SetOutcome.NotFound(String id) -> again(404, matcher, "There is no silence " + id);
        case SetOutcome.Invalid(String message) -> again(400, matcher, message);
      };
    } catch (IllegalArgumentException e) {
      return again(400, matcher, String.valueOf(e.getMessage()));
    }
  }

  private static Response again(int status, List<String> matchers, String problem) {
    return Response.status(status)
        .type(MediaType.TEXT_HTML)
        .entity(Templates.ask("Silence", matchers, problem).render())
        .build();
  }
}
