package io.pharos.server.api.pharos;

import io.pharos.oncall.schedule.OnCallSchedule;
import io.pharos.oncall.schedule.Rotation;
import io.pharos.oncall.schedule.ShiftCalendar;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Response;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;

/// The shifts of a rotation for calendar programs.
@Path("/api/pharos/v1/oncall/{rotation}.ics")
@Produces("text/calendar")
@RunOnVirtualThread
public class OnCallCalendarResource {
  private static final Duration BEFORE = Duration.ofDays(31);
  private static final Duration AFTER = Duration.ofDays(92);

  private final OnCallSchedule schedule;
  private final InstantSource clock;

  OnCallCalendarResource(OnCallSchedule schedule, InstantSource clock) {
    this.schedule = schedule;
    this.clock = clock;
  }

  /// Returns the shifts of the last 31 and the next 92 days, from midnight to midnight in UTC.
  @Operation(operationId = "onCallCalendar", summary = "The shifts of a rotation as an iCalendar")
  @Exchange({
    "200 The shifts of the last 31 and the next 92 days.",
    "404 There is no such rotation."
  })
  @GET
  public Response get(
      @Parameter(description = "Name of the rotation.") @PathParam("rotation") String rotation) {
    Rotation found = schedule.plan().rotation(rotation).orElse(null);
    if (found == null) {
      return PharosError.answer(404, "there is no rotation " + rotation);
    }
    Instant now = clock.instant();
    Instant today = now.truncatedTo(ChronoUnit.DAYS);
    return Response.ok(
            ShiftCalendar.of(
                found,
                found.shifts(today.minus(BEFORE), today.plus(AFTER), schedule.counting()),
                now))
        .type("text/calendar; charset=UTF-8")
        .build();
  }
}
