package io.pharos.server.api.pharos;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.model.PromDuration;
import io.pharos.oncall.episode.Acknowledgement;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.episode.EpisodeMarkdown;
import io.pharos.oncall.episode.EpisodeService;
import io.pharos.oncall.episode.EpisodeStore;
import io.pharos.oncall.escalation.OpenEscalations;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.ServiceStatus;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Episodes: lists, timelines, acknowledgements and comments.
@Path("/api/pharos/v1/episodes")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class EpisodesResource {
  private static final String NUMBER = "Number of the episode.";

  private final EpisodeService episodes;
  private final OpenEscalations escalations;
  private final ServiceStatus status;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  EpisodesResource(
      EpisodeService episodes,
      OpenEscalations escalations,
      ServiceStatus status,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.episodes = episodes;
    this.escalations = escalations;
    this.status = status;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Lists episodes, newest first.
  @Operation(operationId = "listEpisodes", summary = "Lists episodes, newest first")
  @Exchange({"200 [EpisodeList] The episodes.", "400 A parameter is invalid."})
  @GET
  public EpisodeView.EpisodeList list(
      @Parameter(
              description =
                  "Part of the title, the labels, the severity or the owner, in any case.")
          @QueryParam("text")
          @Nullable String text,
      @Parameter(
              description = "Selects a state.",
              schema = @Schema(enumeration = {"open", "acknowledged", "ended"}))
          @QueryParam("state")
          @Nullable String state,
      @Parameter(description = "Selects a receiver.") @QueryParam("receiver")
          @Nullable String receiver,
      @Parameter(
              description =
                  "Only episodes that had not ended by a time in RFC 3339, or a duration before now.")
          @QueryParam("since")
          @Nullable String since,
      @Parameter(description = "Only episodes with a smaller number.") @QueryParam("before")
          @Nullable String before,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit) {
    Instant now = clock.instant();
    var search =
        new EpisodeStore.Search(
            text == null ? "" : text.strip(),
            state(state),
            receiver == null ? "" : receiver,
            AuditResource.since(since, now),
            before == null || before.isEmpty()
                ? Optional.empty()
                : Optional.of(
                    QueryNumber.of(
                        "before", before, 1, Long.MAX_VALUE, "the number of an episode, from 1")),
            QueryNumber.limit(limit),
            now);
    return new EpisodeView.EpisodeList(
        episodes.search(search).stream().map(it -> view(it, now)).toList());
  }

  private static Optional<Episode.State> state(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        Arrays.stream(Episode.State.values())
            .filter(state -> state.text().equals(text))
            .findFirst()
            .orElseThrow(
                () -> new InvalidFieldException("state", text, "open, acknowledged or ended")));
  }

  private EpisodeView view(Episode episode, Instant now) {
    return EpisodeView.of(episode, incident(episode), escalations.of(episode), now);
  }

  private String incident(Episode episode) {
    return status.externalUrl() + "/incidents/" + episode.number();
  }

  /// Returns an episode with its timeline.
  @Operation(
      operationId = "getEpisode",
      summary = "Returns an episode with its timeline",
      description =
          "Without the scope alert:write, only status and length of receivers' answers are shown.")
  @Exchange({"200 [EpisodeDetail] The episode.", "404 There is no such episode."})
  @GET
  @Path("{number}")
  public Response get(
      @Parameter(description = NUMBER) @PathParam("number") String number,
      @Context HttpServerRequest request) {
    return episodes
        .find(number(number))
        .map(
            episode -> {
              EpisodeService.Timeline timeline = timeline(episode, clients.of(request));
              return Response.ok(
                      new EpisodeView.EpisodeDetail(
                          view(episode, clock.instant()),
                          timeline.events().stream().map(EpisodeView.TimelineEvent::of).toList(),
                          timeline.isComplete()))
                  .build();
            })
        .orElseGet(() -> missing(number));
  }

  /// Returns an episode as Markdown, for the report about an incident.
  @Operation(
      operationId = "getEpisodeMarkdown",
      summary = "Returns an episode as Markdown, for the report about an incident")
  @Exchange({"200 The Markdown.", "404 There is no such episode."})
  @GET
  @Path("{number}/markdown")
  @Produces("text/markdown;charset=utf-8")
  public Response markdown(
      @Parameter(description = NUMBER) @PathParam("number") String number,
      @Context HttpServerRequest request) {
    return episodes
        .find(number(number))
        .map(
            episode ->
                Response.ok(
                        EpisodeMarkdown.of(
                            episode,
                            timeline(episode, clients.of(request)),
                            incident(episode),
                            clock.instant()))
                    .build())
        .orElseGet(() -> missing(number));
  }

  private EpisodeService.Timeline timeline(Episode episode, Client client) {
    EpisodeService.Timeline timeline = episodes.timeline(episode);
    return access.allows(client, Scope.ALERT_WRITE) ? timeline : timeline.withoutAnswers();
  }

  /// Acknowledges an episode: `{"owner": …, "comment": …, "duration": …}`, all optional.
  @Operation(
      operationId = "acknowledgeEpisode",
      summary = "Acknowledges an episode, or takes over its acknowledgement")
  @Exchange({
    "200 [EpisodeView] The episode.",
    "400 A field is invalid.",
    "404 There is no such episode.",
    "409 The episode has ended."
  })
  @POST
  @Path("{number}/acknowledge")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.SILENCE_WRITE)
  public Response acknowledge(
      @Parameter(description = NUMBER) @PathParam("number") String number,
      @Context SecurityContext caller,
      @Exchange.Body("EpisodeAcknowledgement") String body) {
    JsonBody json = JsonBody.parse(body);
    String owner = person(json, "owner", caller);
    String comment = bounded("comment", json.string("comment", ""), Acknowledgement.MAX_COMMENT);
    Duration length = duration(json.string("duration", ""));
    json.finish();
    return answer(number, episodes.acknowledge(number(number), owner, comment, length, ""));
  }

  /// Ends the acknowledgement of an episode: `{"by": …}`, optional.
  @Operation(operationId = "releaseEpisode", summary = "Ends the acknowledgement of an episode")
  @Exchange({
    "200 [EpisodeView] The episode.",
    "400 A field is invalid.",
    "404 There is no such episode.",
    "409 The episode is not acknowledged."
  })
  @POST
  @Path("{number}/release")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.SILENCE_WRITE)
  public Response release(
      @Parameter(description = NUMBER) @PathParam("number") String number,
      @Context SecurityContext caller,
      @Exchange.Body("EpisodeRelease") String body) {
    JsonBody json = JsonBody.parse(body);
    String by = person(json, "by", caller);
    json.finish();
    return answer(number, episodes.release(number(number), by));
  }

  /// Adds a comment to the timeline of an episode: `{"comment": …, "by": …}`.
  @Operation(
      operationId = "commentEpisode",
      summary = "Adds a comment to the timeline of an episode, also after its end")
  @Exchange({
    "200 [EpisodeView] The episode.",
    "400 The comment is missing, or a field is invalid.",
    "404 There is no such episode."
  })
  @POST
  @Path("{number}/comment")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.SILENCE_WRITE)
  public Response comment(
      @Parameter(description = NUMBER) @PathParam("number") String number,
      @Context SecurityContext caller,
      @Exchange.Body("EpisodeComment") String body) {
    JsonBody json = JsonBody.parse(body);
    String text = bounded("comment", json.required("comment"), Acknowledgement.MAX_COMMENT);
    if (text.isEmpty()) {
      throw new InvalidFieldException("comment", text, "a comment");
    }
    String by = person(json, "by", caller);
    json.finish();
    return answer(number, episodes.comment(number(number), by, text));
  }

  private static String person(JsonBody json, String field, SecurityContext caller) {
    String name = bounded(field, json.string(field, ""), Acknowledgement.MAX_OWNER);
    return name.isEmpty() ? Caller.of(caller).name() : name;
  }

  private static String bounded(String field, String text, int max) {
    if (text.length() > max) {
      throw new InvalidFieldException(field, text, "at most " + max + " characters");
    }
    return text.strip();
  }

  /// Parses the duration of an acknowledgement; null for an empty text.
  public static @Nullable Duration duration(String text) {
    if (text.isBlank()) {
      return null;
    }
    try {
      Duration length = PromDuration.parse(text.strip());
      if (length.compareTo(Acknowledgement.MIN) >= 0
          && length.compareTo(Acknowledgement.MAX) <= 0) {
        return length;
      }
    } catch (IllegalArgumentException _) { // reported below
    }
    throw new InvalidFieldException("duration", text, "a duration from 1m to 30d, such as 2h");
  }

  private static long number(String text) {
    return QueryNumber.of("number", text, 1, Long.MAX_VALUE, "the number of an episode, from 1");
  }

  private Response answer(String number, EpisodeService.Outcome outcome) {
    return switch (outcome) {
      case EpisodeService.Outcome.Done(Episode episode) ->
          Response.ok(view(episode, clock.instant())).build();
      case EpisodeService.Outcome.Partly(Episode episode) ->
          Response.ok(view(episode, clock.instant())).build();
      case EpisodeService.Outcome.NotFound _ -> missing(number);
      case EpisodeService.Outcome.Replayed _ ->
          PharosError.answer(403, "number", number, "a link that was not used before");
      case EpisodeService.Outcome.Refused(String reason) ->
          PharosError.answer(409, "number", number, "an episode that permits it: " + reason);
    };
  }

  private static Response missing(String number) {
    return PharosError.answer(404, "number", number, "the number of an episode that is kept");
  }
}
