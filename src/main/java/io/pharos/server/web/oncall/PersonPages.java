package io.pharos.server.web.oncall;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Holder;
import io.pharos.access.Role;
import io.pharos.access.Scope;
import io.pharos.alerting.device.Device;
import io.pharos.model.Sha256;
import io.pharos.oncall.device.Devices;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.DutyShift;
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
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jboss.resteasy.reactive.RestQuery;
import org.jspecify.annotations.Nullable;

/// A person's own page: the next shifts, the ways to reach the person, and the browsers that show
/// notifications. Only the registration of a browser needs scripts.
@Path("/me")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class PersonPages {
  private static final Duration AHEAD = Duration.ofDays(30);
  private static final int MAX_SHIFTS = 20;

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance person(
        String title,
        String person,
        List<String> people,
        List<String> ways,
        List<Shift> shifts,
        List<Browser> browsers,
        String key,
        String problem,
        boolean mayChange);
  }

  /// A shift of the person.
  record Shift(String rotation, PageTime from, PageTime until, boolean isNow) {}

  /// A registered browser.
  ///
  /// @param endpoint SHA-256 of its address, by which the browser recognizes itself
  record Browser(String id, String name, PageTime added, String endpoint) {}

  private final OnCallSchedule schedule;
  private final Devices devices;
  private final AccessControl access;
  private final RequestClient clients;
  private final InstantSource clock;

  PersonPages(
      OnCallSchedule schedule,
      Devices devices,
      AccessControl access,
      RequestClient clients,
      InstantSource clock) {
    this.schedule = schedule;
    this.devices = devices;
    this.access = access;
    this.clients = clients;
    this.clock = clock;
  }

  /// Shows the page of a person.
  ///
  /// @param person name in oncall.yml; by default the name of the account
  @GET
  public Response show(@RestQuery @Nullable String person, @Context HttpServerRequest request) {
    Client client = clients.of(request).fromOwnPage();
    String wanted = person == null ? access.holder(client).map(Holder::name).orElse("") : person;
    return page(200, wanted, "", client);
  }

  private Response page(int answer, String wanted, String problem, Client client) {
    Instant now = clock.instant();
    Optional<OnCallPerson> person =
        schedule.plan().people().stream().filter(it -> it.name().equals(wanted)).findFirst();
    String name = person.map(OnCallPerson::name).orElse("");
    int status = answer;
    String trouble = problem;
    List<Shift> shifts = List.of();
    List<Browser> browsers = List.of();
    String key = "";
    try {
      if (person.isPresent()) {
        shifts = shifts(name, now);
        browsers = devices.of(List.of(name)).stream().map(it -> browser(it, now)).toList();
        key = devices.publicKey();
      }
    } catch (StoreUnavailableException | IOException e) {
      status = 503;
      trouble = "The store is unavailable: " + PageText.of(String.valueOf(e.getMessage()));
    }
    return Response.status(status)
        .type(MediaType.TEXT_HTML_TYPE)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .entity(
            Templates.person(
                    "Your page",
                    name,
                    schedule.plan().people().stream().map(OnCallPerson::name).toList(),
                    person.map(OnCallPerson::ways).orElse(List.of()),
                    shifts,
                    browsers,
                    key,
                    trouble,
                    mayChange(name, client))
                .render())
        .build();
  }

  private List<Shift> shifts(String person, Instant now) {
    List<DutyOverride> overrides = schedule.counting();
    return schedule.plan().rotations().stream()
        .flatMap(
            rotation ->
                rotation.shifts(now, now.plus(AHEAD), overrides).stream()
                    .filter(shift -> shift.person().equals(person))
                    .map(shift -> new Found(rotation, shift)))
        .sorted(Comparator.comparing(found -> found.shift().from()))
        .limit(MAX_SHIFTS)
        .map(found -> found.row(now))
        .toList();
  }

  private record Found(Rotation rotation, DutyShift shift) {
    Shift row(Instant now) {
      return new Shift(
          rotation.name(),
          PageTime.of(shift.from(), now),
          PageTime.of(shift.until(), now),
          !shift.from().isAfter(now));
    }
  }

  private static Browser browser(Device device, Instant now) {
    return new Browser(
        device.id(),
        PageText.of(device.name()),
        PageTime.of(device.addedAt(), now),
        Sha256.hex(device.endpoint().toString()));
  }

  /* A person who removes a browser of another person could lose a page. */
  private boolean mayChange(String person, Client client) {
    if (person.isEmpty() || !access.allows(client, Scope.SILENCE_WRITE)) {
      return false;
    }
    return access
        .holder(client)
        .map(
            holder ->
                !(holder instanceof Holder.OfPerson(String name, Role role))
                    || name.equals(person)
                    || role == Role.ADMIN)
        .orElse(true);
  }

  /// Registers a browser.
  ///
  /// @param form fields `person`, `name`, and `endpoint`, `p256dh` and `auth` of the browser's
  ///   subscription
  @POST
  @Path("/devices")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  @Needs(Scope.SILENCE_WRITE)
  public Response add(MultivaluedMap<String, String> form, @Context HttpServerRequest request) {
    Client client = clients.of(request);
    String person = text(form, "person");
    if (!schedule.plan().hasPerson(person)) {
      return page(400, "", "There is no person " + PageText.of(person) + ".", client);
    }
    if (!mayChange(person, client)) {
      return page(403, person, "Only this person and admins may change this page.", client);
    }
    try {
      var device =
          new Device(
              UUID.randomUUID().toString(),
              person,
              URI.create(text(form, "endpoint")),
              text(form, "p256dh"),
              text(form, "auth"),
              text(form, "name"),
              clock.instant().truncatedTo(ChronoUnit.MICROS));
      return switch (devices.add(device)) {
        case Devices.Added.Stored _ -> seeOther(person);
        case Devices.Added.Full(String message) -> page(429, person, PageText.of(message), client);
        case Devices.Added.Refused(String message) ->
            page(400, person, PageText.of(message), client);
      };
    } catch (IllegalArgumentException e) {
      return page(400, person, PageText.of(String.valueOf(e.getMessage())), client);
    } catch (StoreUnavailableException _) {
      return page(503, person, "", client);
    }
  }

  /// Removes a browser.
  @POST
  @Path("/devices/{id}/remove")
  @Needs(Scope.SILENCE_WRITE)
  public Response remove(@PathParam("id") String id, @Context HttpServerRequest request) {
    Client client = clients.of(request);
    try {
      Optional<Device> found = devices.find(id);
      if (found.isEmpty()) {
        return page(404, "", "There is no device " + PageText.of(id) + ".", client);
      }
      String person = found.get().person();
      if (!mayChange(person, client)) {
        return page(403, person, "Only this person and admins may change this page.", client);
      }
      boolean _ = devices.remove(id);
      return seeOther(person);
    } catch (StoreUnavailableException _) {
      return page(503, "", "", client);
    }
  }

  private static Response seeOther(String person) {
    return Response.status(303)
        .header(
            HttpHeaders.LOCATION,
            URI.create("/me?person=" + PageLinks.encoded(person) + "#browsers"))
        .build();
  }

  private static String text(MultivaluedMap<String, String> form, String field) {
    String text = form.getFirst(field);
    return text == null ? "" : text.strip();
  }
}
