package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.model.PromDuration;
import io.pharos.oncall.drill.Drill;
import io.pharos.oncall.drill.DrillService;
import io.pharos.oncall.schedule.DrillTimes;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
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
import java.util.List;
import java.util.Locale;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Fire drills of policies.
@Path("/api/pharos/v1/drills")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DrillsResource {
  private final DrillService drills;

  DrillsResource(DrillService drills) {
    this.drills = drills;
  }

  /// Drills, newest first.
  @Schema
  public record DrillList(List<DrillView> drills) {}

  /// A drill. Times are RFC 3339.
  @Schema
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DrillView(
      long number,
      String policy,
      @Schema(description = "Who started it; empty for the schedule.") String by,
      String comment,
      @JsonProperty("wait") @Schema(description = "Waiting time of each level.") String patience,
      String startedAt,
      @Schema(description = "Absent while it goes on.") @Nullable String endedAt,
      @Schema(description = "Whether each level was acknowledged.") boolean passed,
      List<DrillLevel> levels) {
    static DrillView of(Drill drill) {
      return new DrillView(
          drill.number(),
          drill.policy(),
          drill.by(),
          drill.comment(),
          PromDuration.format(drill.patience()),
          drill.startedAt().toString(),
          text(drill.endedAt()),
          drill.isPassed(),
          drill.levels().stream().map(DrillLevel::of).toList());
    }
  }

  /// A level of a drill.
  @Schema
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DrillLevel(
      int level,
      @Schema(description = STATE) String state,
      @Schema(description = "Absent if it was not told yet.") @Nullable String toldAt,
      @Schema(description = "Empty if nobody was on call.") List<DrillCall> calls) {
    static DrillLevel of(Drill.Level level) {
      return new DrillLevel(
          level.level(),
          level.state().text(),
          text(level.toldAt()),
          level.calls().stream().map(call -> DrillCall.of(level, call)).toList());
    }
  }

  private static final String STATE =
      "`acknowledged`, `not acknowledged`, `sending`, `not delivered`, `muted` by a silence or an"
          + " inhibition, `nobody on call` or `not told yet`.";

  /// A person of a level.
  @Schema
  @JsonInclude(JsonInclude.Include.NON_NULL)
  public record DrillCall(
      String person,
      @Schema(description = STATE) String state,
      @Schema(description = "Number of the episode; 0 before it is recorded.") long episode,
      List<DrillWay> ways,
      @Schema(description = "Absent if nobody has acknowledged.") @Nullable String acknowledgedAt,
      @Schema(description = "Absent if nobody has acknowledged.") @Nullable String acknowledgedBy,
      @Schema(description = "Time from the level to the acknowledgement.")
          @Nullable Double secondsToAcknowledge) {
    static DrillCall of(Drill.Level level, Drill.Call call) {
      Instant taken = call.acknowledgedAt();
      return new DrillCall(
          call.person(),
          call.state().text(),
          call.episode(),
          call.ways().stream().map(DrillWay::of).toList(),
          text(taken),
          taken == null ? null : call.acknowledgedBy(),
          taken == null || level.toldAt() == null
              ? null
              : Duration.between(level.toldAt(), taken).toMillis() / 1000.0);
    }
  }

  /// A message to a person.
  @Schema
  public record DrillWay(
      String receiver,
      String channel,
      @Schema(description = "`sent`, `pending` or `failed`.") String outcome,
      @Schema(description = "When the message was delivered or given up, or else decided.")
          String at) {
    static DrillWay of(Drill.Way way) {
      return new DrillWay(
          way.receiver(),
          way.channel(),
          way.outcome().name().toLowerCase(Locale.ROOT),
          way.at().toString());
    }
  }

  private static @Nullable String text(@Nullable Instant time) {
    return time == null ? null : time.toString();
  }

  /// Lists drills, newest first.
  @Operation(operationId = "listDrills", summary = "Lists fire drills, newest first")
  @Exchange({"200 [DrillList] The drills.", "400 A parameter is invalid."})
  @GET
  public DrillList list(
      @Parameter(description = "Only drills of this policy.") @QueryParam("policy")
          @Nullable String policy,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit) {
    return new DrillList(
        drills.newest(policy == null ? "" : policy, QueryNumber.limit(limit)).stream()
            .map(DrillView::of)
            .toList());
  }

  /// Returns a drill.
  @Operation(operationId = "getDrill", summary = "Returns a fire drill and its results so far")
  @Exchange({"200 [DrillView] The drill.", "404 There is no such drill."})
  @GET
  @Path("{number}")
  public Response get(
      @Parameter(description = "Number of the drill.") @PathParam("number") String number) {
    long wanted =
        QueryNumber.of("number", number, 1, Long.MAX_VALUE, "the number of a drill, from 1");
    return drills
        .find(wanted)
        .map(drill -> Response.ok(DrillView.of(drill)).build())
        .orElseGet(
            () -> PharosError.answer(404, "number", number, "the number of a drill that is kept"));
  }

  /// Starts a drill: `{"policy": …, "wait": …, "comment": …}`.
  @Operation(
      operationId = "startDrill",
      summary = "Starts a fire drill: tells each level of a policy by messages that say so")
  @Exchange({
    "201 [DrillView] It has started.",
    "400 A field is missing, unknown or invalid.",
    "409 A drill of the policy goes on."
  })
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.SILENCE_WRITE)
  public Response start(
      @Context SecurityContext caller, @Exchange.Body("Drill") @Nullable String text) {
    JsonBody body = JsonBody.parse(text);
    String policy = body.required("policy");
    String wait = body.string("wait", "");
    String comment = body.string("comment", "").strip();
    body.finish();
    return switch (drills.start(policy, Caller.of(caller).name(), comment, duration(wait))) {
      case DrillService.Outcome.Started(Drill drill) ->
          Response.status(201).entity(DrillView.of(drill)).build();
      case DrillService.Outcome.Running(String message) -> PharosError.answer(409, message);
      case DrillService.Outcome.Invalid(String field, String value, String expected) ->
          throw new InvalidFieldException(field, value, expected);
    };
  }

  private static Duration duration(String text) {
    try {
      return text.isBlank() ? DrillTimes.WAIT : PromDuration.parse(text.strip());
    } catch (IllegalArgumentException _) {
      throw new InvalidFieldException("wait", text, "a duration from 1s to 1h, such as 30s");
    }
  }
}
