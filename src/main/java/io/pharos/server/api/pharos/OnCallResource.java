package io.pharos.server.api.pharos;

import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.oncall.escalation.OpenEscalations;
import io.pharos.oncall.schedule.DutyOverride;
import io.pharos.oncall.schedule.DutyShift;
import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.schedule.PlanCheck;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.oncall.window.PlannedWindows;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.pharos.OnCallView.OverrideView;
import io.pharos.server.api.pharos.OnCallView.RotationView;
import io.pharos.server.api.pharos.OnCallView.ShiftView;
import io.pharos.server.api.pharos.OnCallView.WindowView;
import io.pharos.server.api.pharos.OnCallView.WindowsView;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.time.temporal.ChronoUnit;
import java.util.List;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Who is on call, and overrides.
@Path("/api/pharos/v1/oncall")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class OnCallResource {
  /// Lists the shifts of at most so many days.
  private static final int MAX_DAYS = 92;

  private final OnCallSchedule schedule;
  private final OpenEscalations escalations;
  private final PlannedWindows windows;
  private final InstantSource clock;

  OnCallResource(
      OnCallSchedule schedule,
      OpenEscalations escalations,
      PlannedWindows windows,
      InstantSource clock) {
    this.schedule = schedule;
    this.escalations = escalations;
    this.windows = windows;
    this.clock = clock;
  }

  /// Tells who is on call.
  @Operation(operationId = "onCall", summary = "Who is on call, who is next, and gaps")
  @Exchange({"200 [OnCallView] The rotations.", "400 A parameter is invalid."})
  @GET
  public OnCallView get(
      @Parameter(description = "A time in RFC 3339, at most 400 days away; now if absent.")
          @QueryParam("at")
          @Nullable String at,
      @Parameter(description = "Only this rotation.") @QueryParam("rotation")
          @Nullable String rotation,
      @Parameter(description = "Lists the shifts of so many days, at most 92.") @QueryParam("days")
          @Nullable String days) {
    Instant time = time(at, clock.instant().truncatedTo(ChronoUnit.MICROS));
    int listed =
        days == null
            ? 0
            : (int) QueryNumber.of("days", days, 0, MAX_DAYS, "a whole number from 0 to 92");
    if (rotation != null && schedule.plan().rotation(rotation).isEmpty()) {
      throw new InvalidFieldException("rotation", rotation, "a rotation of oncall.yml");
    }
    List<DutyOverride> overrides = schedule.counting();
    return new OnCallView(
        time.toString(),
        schedule.plan().rotations().stream()
            .filter(it -> rotation == null || it.name().equals(rotation))
            .map(it -> view(it, time, listed, overrides))
            .toList(),
        schedule.overrides().stream()
            .filter(it -> rotation == null || it.rotation().equals(rotation))
            .map(it -> OverrideView.of(it, schedule.counts(it)))
            .toList(),
        escalations.all().entrySet().stream()
            .map(it -> EscalationView.of(it.getKey(), it.getValue()))
            .toList());
  }

  private static Instant time(@Nullable String text, Instant now) {
    if (text == null || text.isEmpty()) {
      return now;
    }
    try {
      Instant time = OffsetDateTime.parse(text).toInstant();
      if (Duration.between(now, time).abs().compareTo(Rotation.HORIZON) <= 0) {
        return time;
      }
    } catch (DateTimeException _) { // reported below
    }
    throw new InvalidFieldException(
        "at", text, "a time such as 2026-01-31T12:00:00Z, at most 400 days away");
  }

  private static RotationView view(
      Rotation rotation, Instant at, int days, List<DutyOverride> overrides) {
    Rotation.Duty duty = rotation.duty(at, overrides);
    return new RotationView(
        rotation.name(),
        rotation.zone().getId(),
        ShiftView.of(duty.now()),
        duty.next().map(ShiftView::of).orElse(null),
        views(rotation.gaps(at, at.plus(PlanCheck.AHEAD), overrides)),
        days == 0 ? null : views(rotation.shifts(at, at.plus(Duration.ofDays(days)), overrides)));
  }

  private static List<ShiftView> views(List<DutyShift> shifts) {
    return shifts.stream().map(ShiftView::of).toList();
  }

  /// Puts a person on call, instead of an earlier override with the same id.
  @Operation(operationId = "putOnCallOverride", summary = "Puts a person on call for a span")
  @Exchange({
    "200 [OverrideView] It is stored, instead of one with the same id.",
    "400 A field is missing, unknown or invalid.",
    "429 There are too many overrides."
  })
  @PUT
  @Path("overrides/{id}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.SILENCE_WRITE)
  public Response put(
      @Parameter(description = "1 to 64 letters, digits, `.`, `_` and `-`.") @PathParam("id")
          String id,
      @Context SecurityContext caller,
      @Exchange.Body("OnCallOverride") @Nullable String text) {
    JsonBody body = JsonBody.parse(text);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MICROS);
    String rotation = body.required("rotation");
    String person = body.required("person");
    Instant from = body.time("from");
    Instant until = body.time("until");
    String insteadOf = body.string("instead_of", "");
    boolean swaps = body.bool("swap", false);
    String comment = body.string("comment", "");
    body.finish();
    if (until == null) {
      throw new InvalidFieldException("until", "", "a time; the field is missing");
    }
    var override =
        new DutyOverride(
            id,
            rotation,
            from == null ? now : from,
            until,
            person,
            insteadOf,
            swaps,
            comment,
            Caller.of(caller).name(),
            now);
    return switch (schedule.set(override)) {
      case OnCallSchedule.Outcome.Stored _ -> Response.ok(OverrideView.of(override, true)).build();
      case OnCallSchedule.Outcome.Full(String message) -> PharosError.answer(429, message);
      case OnCallSchedule.Outcome.Invalid(String field, String value, String expected) ->
          throw new InvalidFieldException(field, value, expected);
    };
  }

  /// Deletes an override.
  @Operation(operationId = "deleteOnCallOverride", summary = "Deletes an override")
  @Exchange({"204 It is deleted.", "404 There is no such override."})
  @DELETE
  @Path("overrides/{id}")
  @Needs(Scope.SILENCE_WRITE)
  public Response delete(
      @Parameter(description = "Id of the override.") @PathParam("id") String id) {
    return schedule.remove(id)
        ? Response.noContent().build()
        : PharosError.answer(404, "there is no override " + id);
  }

  /// Lists the maintenance windows.
  @Operation(operationId = "maintenanceWindows", summary = "Planned work that is silenced")
  @Exchange("200 [WindowsView] Those of oncall.yml, then those of people by name.")
  @GET
  @Path("windows")
  public WindowsView windows() {
    return WindowsView.of(windows.all(), clock.instant());
  }

  /// Plans a maintenance window, instead of an earlier one with the same name.
  @Operation(operationId = "putMaintenanceWindow", summary = "Plans work that is silenced")
  @Exchange({
    "200 [WindowView] It is stored, instead of one with the same name.",
    "400 A key is missing, unknown or invalid.",
    "429 There are too many windows."
  })
  @PUT
  @Path("windows/{name}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.SILENCE_WRITE)
  public Response putWindow(
      @Parameter(description = "1 to 64 letters, digits, `.`, `_` and `-`.") @PathParam("name")
          String name,
      @Context SecurityContext caller,
      @Exchange.Body("MaintenanceWindow") @Nullable String text) {
    var _ = JsonBody.parse(text);
    return switch (windows.set(name, String.valueOf(text), Caller.of(caller).name())) {
      case PlannedWindows.Outcome.Stored(PlannedWindows.Planned planned) ->
          Response.ok(WindowView.of(planned, clock.instant())).build();
      case PlannedWindows.Outcome.Full(String message) -> PharosError.answer(429, message);
      case PlannedWindows.Outcome.Invalid(String message) -> PharosError.answer(400, message);
    };
  }

  /// Deletes a maintenance window that a person planned; its silence ends.
  @Operation(operationId = "deleteMaintenanceWindow", summary = "Deletes a maintenance window")
  @Exchange({"204 It is deleted, and its silence ends.", "404 There is no such window."})
  @DELETE
  @Path("windows/{name}")
  @Needs(Scope.SILENCE_WRITE)
  public Response deleteWindow(
      @Parameter(description = "Name of the window.") @PathParam("name") String name) {
    return windows.remove(name)
        ? Response.noContent().build()
        : PharosError.answer(
            404, "there is no maintenance window " + name + " that a person planned");
  }
}
