package io.pharos.server.web.oncall;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Holder;
import io.pharos.access.Scope;
import io.pharos.model.PromDuration;
import io.pharos.oncall.drill.DrillService;
import io.pharos.oncall.episode.Episode;
import io.pharos.oncall.escalation.OpenEscalations;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.OnCallPerson;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.server.api.Needs;
import io.pharos.server.api.RequestClient;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
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
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import org.jspecify.annotations.Nullable;

/// The page of who is on call, and its forms for overrides, which work without scripts.
@Path("/oncall")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class OnCallPages {
  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance oncall(
        String title,
        List<RotationCard> rotations,
        List<Escalating> escalations,
        List<DrillCard> drills,
        List<OverrideRow> overrides,
        String problem,
        boolean mayWrite);
  }

  /// An open episode with a policy.
  record Escalating(String title, String address, PolicyRow policy) {
    static Escalating of(Episode episode, PolicyRow policy) {
      return new Escalating(
          PageText.of(episode.title()),
          PageLinks.incident(episode.groupLabels()) + "#episode-" + episode.number(),
          policy);
    }
  }

  /// An override on the page.
  ///
  /// @param insteadOf empty if it replaces everybody
  /// @param by who made it
  record OverrideRow(
      String id,
      String rotation,
      String person,
      String insteadOf,
      boolean swaps,
      PageTime from,
      PageTime until,
      String by,
      String comment,
      boolean counts) {}

  private final OnCallSchedule schedule;
  private final OpenEscalations escalations;
  private final DrillService drills;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  OnCallPages(
      OnCallSchedule schedule,
      OpenEscalations escalations,
      DrillService drills,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.schedule = schedule;
    this.escalations = escalations;
    this.drills = drills;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Shows who is on call.
  @GET
  public Response show(@Context HttpServerRequest request) {
    return page(200, "", clients.of(request).fromOwnPage());
  }

  private Response page(int answer, String problem, Client client) {
    int status = answer;
    String trouble = problem;
    Instant now = clock.instant();
    List<DutyOverride> stored = List.of();
    List<Escalating> escalating = List.of();
    List<DrillCard> drilled = List.of();
    try {
      stored = schedule.overrides();
      escalating =
          escalations.all().entrySet().stream()
              .map(it -> Escalating.of(it.getKey(), PolicyRow.of(it.getValue(), now)))
              .toList();
      drilled =
          drills.latest().entrySet().stream()
              .map(
                  it ->
                      it.getValue()
                          .map(drill -> DrillCard.of(drill, now))
                          .orElseGet(() -> DrillCard.none(it.getKey())))
              .toList();
    } catch (StoreUnavailableException e) {
      status = 503;
      trouble =
          "The store is unavailable, so overrides are not known: "
              + PageText.of(String.valueOf(e.getMessage()));
    }
    List<DutyOverride> counting = stored.stream().filter(schedule::counts).toList();
    List<String> people = schedule.plan().people().stream().map(OnCallPerson::name).toList();
    String html =
        Templates.oncall(
                "On call",
                schedule.plan().rotations().stream()
                    .map(rotation -> RotationCard.of(rotation, people, counting, now))
                    .toList(),
                escalating,
                drilled,
                stored.stream()
                    .filter(override -> override.until().isAfter(now))
                    .map(override -> row(override, now))
                    .toList(),
                trouble,
                access.allows(client, Scope.SILENCE_WRITE))
            .render();
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(html)
        .build();
  }

  private OverrideRow row(DutyOverride override, Instant now) {
    return new OverrideRow(
        override.id(),
        override.rotation(),
        override.person(),
        override.insteadOf(),
        override.swaps(),
        PageTime.of(override.from(), now),
        PageTime.of(override.until(), now),
        override.by(),
        PageText.of(override.comment()),
        schedule.counts(override));
  }

  /// Puts a person on call.
  ///
  /// @param form fields `rotation`, `person`, `instead_of`, `swap`, `from` and `until` (local times
  ///   of the rotation's zone, or a duration from now on) and `comment`
  @POST
  @Path("/overrides")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.SILENCE_WRITE)
  public Response add(MultivaluedMap<String, String> form, @Context HttpServerRequest request) {
    Client client = clients.of(request);
    String name = text(form.getFirst("rotation"));
    Rotation rotation = schedule.plan().rotation(name).orElse(null);
    if (rotation == null) {
      return page(400, "There is no rotation " + PageText.of(name) + ".", client);
    }
    try {
      Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
      var override =
          new DutyOverride(
              UUID.randomUUID().toString(),
              name,
              time(text(form.getFirst("from")), rotation.zone(), now, now),
              time(text(form.getFirst("until")), rotation.zone(), now, null),
              text(form.getFirst("person")),
              text(form.getFirst("instead_of")),
              form.getFirst("swap") != null,
              text(form.getFirst("comment")),
              access.holder(client).map(Holder::name).orElse(""),
              now);
      return switch (schedule.set(override)) {
        case OnCallSchedule.Outcome.Stored _ -> seeOther(override.id());
        case OnCallSchedule.Outcome.Full(String message) -> page(429, message, client);
        case OnCallSchedule.Outcome.Invalid invalid ->
            page(400, PageText.of(invalid.message()), client);
      };
    } catch (IllegalArgumentException e) {
      return page(400, String.valueOf(e.getMessage()), client);
    } catch (StoreUnavailableException _) {
      return page(503, "", client);
    }
  }

  private static Instant time(String text, ZoneId zone, Instant now, @Nullable Instant otherwise) {
    try {
      if (text.isEmpty() && otherwise != null) {
        return otherwise;
      }
      return text.contains("T")
          ? LocalDateTime.parse(text).atZone(zone).toInstant()
          : now.plus(PromDuration.parse(text));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "Expected a time such as 2026-01-31T09:00, or a duration such as 4h, found "
              + PageText.of(text)
              + ".",
          e);
    }
  }

  /// Removes an override.
  @POST
  @Path("/overrides/{id}/remove")
  @Needs(Scope.SILENCE_WRITE)
  public Response remove(@PathParam("id") String id, @Context HttpServerRequest request) {
    try {
      return schedule.remove(id)
          ? seeOther("overrides")
          : page(404, "There is no override " + PageText.of(id) + ".", clients.of(request));
    } catch (StoreUnavailableException _) {
      return page(503, "", clients.of(request));
    }
  }

  private static Response seeOther(String place) {
    return Response.status(303)
        .header(HttpHeaders.LOCATION, URI.create("/oncall#" + place))
        .build();
  }

  private static String text(@Nullable String text) {
    return text == null ? "" : text.strip();
  }
}
