package io.pharos.server.api.pharos;

import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.rollout.Heartbeat;
import io.pharos.rollout.OperatorRequest;
import io.pharos.rollout.Rollout;
import io.pharos.rollout.RolloutService;
import io.pharos.rollout.RolloutService.Acted;
import io.pharos.rollout.RolloutService.Beat;
import io.pharos.rollout.RolloutService.Started;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.Routine;
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
import java.net.URI;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Rollouts: started by POST, read by GET, controlled by operators and carried out by agents
/// (docs/format/rollouts.md).
@Path("/api/pharos/v1/rollouts")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class RolloutResource {
  private static final String ID = "Id of the rollout.";

  private final RolloutService rollouts;
  private final InstantSource clock;

  RolloutResource(RolloutService rollouts, InstantSource clock) {
    this.rollouts = rollouts;
    this.clock = clock;
  }

  /// Starts the rollout of a deployment: `{"deployment": KEY}`.
  @Operation(operationId = "startRollout", summary = "Starts the rollout of a deployment")
  @Exchange({
    "200 [RolloutView] The deployment already has a rollout, which may have ended.",
    "201 The rollout has started.",
    "400 The deployment can't be judged, has ended, or names a server that can't be the candidate.",
    "404 There is no such deployment, or no rollout policy for it.",
    "409 Another rollout of the service is in progress."
  })
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.ROLLOUT_WRITE)
  public Response start(
      @Context SecurityContext caller, @Exchange.Body("RolloutRequest") String body) {
    Access.Granted granted = Caller.of(caller);
    JsonBody json = JsonBody.parse(body);
    String key = json.required("deployment");
    json.finish();
    rollouts
        .deployment(key)
        .ifPresent(deployment -> Caller.covering(caller, deployment.service(), deployment.env()));
    return switch (rollouts.start(key, granted.name())) {
      case Started.Created(Rollout rollout) ->
          Response.created(URI.create("/api/pharos/v1/rollouts/" + rollout.id()))
              .entity(view(rollout))
              .build();
      case Started.Existing(Rollout rollout) -> Response.ok(view(rollout)).build();
      case Started.Conflict(Rollout other) ->
          PharosError.answer(
              409,
              "deployment",
              key,
              "no rollout in progress, but the rollout %s of version %s is in phase %s"
                  .formatted(other.id(), other.order().version(), other.phase().word()));
      case Started.NoDeployment(String deployment) ->
          PharosError.answer(404, "deployment", deployment, "the key of an announced deployment");
      case Started.NoPolicy(String service, String env) ->
          PharosError.answer(
              404,
              "policy",
              service + " in " + env,
              "a rollout policy for this service and environment in deploy/rollouts/*.yml");
    };
  }

  /// Lists the rollouts of a service and environment, newest first, without events.
  @Operation(
      operationId = "listRollouts",
      summary = "Lists rollouts, newest first, without their events")
  @Exchange({"200 [RolloutList] The rollouts.", "400 The limit is not a number from 1 to 500."})
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @Parameter(description = "Selects a service.") @QueryParam("service")
          @Nullable String service,
      @Parameter(description = "Selects an environment.") @QueryParam("env") @Nullable String env,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    List<RolloutView> views =
        rollouts.newest(emptyToNull(service), emptyToNull(env), QueryNumber.limit(limit)).stream()
            .filter(it -> granted.covers(it.order().service(), it.order().env()))
            .map(it -> view(it, false))
            .toList();
    return Response.ok(new RolloutView.RolloutList(views)).build();
  }

  private static @Nullable String emptyToNull(@Nullable String parameter) {
    return parameter == null || parameter.isEmpty() ? null : parameter;
  }

  /// Returns a rollout as soon as it has left the given phase; without a phase, as soon as it has
  /// ended. If the wait ends first, returns the rollout's current state. The status of the answer
  /// is always 200.
  @Operation(
      operationId = "getRollout",
      summary =
          "Returns a rollout once it has ended or left a phase, or its current state after the wait")
  @Exchange({
    "200 [RolloutView] The rollout, whatever its phase.",
    "400 The wait is not a duration.",
    "404 There is no such rollout."
  })
  @GET
  @Path("{id}")
  @Needs(Scope.GATE_READ)
  public Response get(
      @Parameter(description = ID) @PathParam("id") String id,
      @Parameter(description = "Maximum wait, such as 50s; at most 60s.") @QueryParam("wait")
          @Nullable String wait,
      @Parameter(
              description =
                  "Phase that the rollout must leave before the answer; without it, the rollout must end.")
          @QueryParam("phase-not")
          @Nullable String phaseNot,
      @Context SecurityContext caller) {
    return refusal(id, caller)
        .orElseGet(
            () ->
                await(id, phaseNot == null ? "" : phaseNot, wait)
                    .map(rollout -> Response.ok(view(rollout)).build())
                    .orElseGet(() -> notFound(id)));
  }

  private Optional<Rollout> await(String id, String phaseNot, @Nullable String wait) {
    try {
      return rollouts.await(id, phaseNot, GateResource.wait(wait));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown: answer with the current state
      return rollouts.find(id);
    }
  }

  /// Pauses a rollout: `{"reason": TEXT}`.
  @Operation(operationId = "pauseRollout", summary = "Pauses a rollout")
  @Exchange({
    "200 [RolloutView] The current state of the rollout.",
    "400 The reason is missing.",
    "404 There is no such rollout.",
    "409 The rollout's phase does not permit this request."
  })
  @POST
  @Path("{id}/pause")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.ROLLOUT_WRITE)
  public Response pause(
      @Parameter(description = ID) @PathParam("id") String id,
      @Context SecurityContext caller,
      @Exchange.Body("Reason") String body) {
    return act(OperatorRequest.PAUSE, id, caller, body);
  }

  /// Continues a paused rollout, or lets the gate judge a held rollout again: `{"reason": TEXT}`.
  @Operation(
      operationId = "resumeRollout",
      summary = "Continues a paused rollout, or judges a held rollout again")
  @Exchange(like = "pauseRollout")
  @POST
  @Path("{id}/resume")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.ROLLOUT_WRITE)
  public Response resume(
      @Parameter(description = ID) @PathParam("id") String id,
      @Context SecurityContext caller,
      @Exchange.Body("Reason") String body) {
    return act(OperatorRequest.RESUME, id, caller, body);
  }

  /// Aborts a rollout, so that all traffic returns to the previous release: `{"reason": TEXT}`.
  @Operation(operationId = "abortRollout", summary = "Returns to the previous release")
  @Exchange(like = "pauseRollout")
  @POST
  @Path("{id}/abort")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.ROLLOUT_WRITE)
  public Response abort(
      @Parameter(description = ID) @PathParam("id") String id,
      @Context SecurityContext caller,
      @Exchange.Body("Reason") String body) {
    return act(OperatorRequest.ABORT, id, caller, body);
  }

  /// Approves a held rollout, which then continues: `{"reason": TEXT}`.
  @Operation(operationId = "approveRollout", summary = "Approves a held rollout")
  @Exchange(like = "pauseRollout")
  @POST
  @Path("{id}/approve")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.ROLLOUT_APPROVE)
  public Response approve(
      @Parameter(description = ID) @PathParam("id") String id,
      @Context SecurityContext caller,
      @Exchange.Body("Reason") String body) {
    return act(OperatorRequest.APPROVE, id, caller, body);
  }

  private Response act(OperatorRequest request, String id, SecurityContext caller, String body) {
    JsonBody json = JsonBody.parse(body);
    String reason = json.required("reason");
    json.finish();
    if (reason.isBlank()) {
      throw new InvalidFieldException("reason", reason, "a reason, which is stored with the event");
    }
    return refusal(id, caller)
        .orElseGet(
            () -> answer(rollouts.act(id, request, Caller.of(caller).name(), reason), request, id));
  }

  private Response answer(Acted acted, OperatorRequest request, String id) {
    return switch (acted) {
      case Acted.Done(Rollout rollout) -> Response.ok(view(rollout)).build();
      case Acted.NotNow(Rollout rollout) ->
          PharosError.answer(
              409,
              "phase",
              rollout.phase().word(),
              "a phase that permits " + request.name().toLowerCase(Locale.ROOT));
      case Acted.NotFound() -> notFound(id);
    };
  }

  /// Receives the heartbeat of an agent and answers with its lease.
  @Operation(
      operationId = "leaseRollouts",
      summary = "Receives an agent's heartbeat, sent each second (docs/format/rollouts.md)")
  @Exchange({
    "200 [HeartbeatAnswer] The agent holds the lease; the answer contains the desired servers.",
    "400 The body is not a heartbeat.",
    "409 [LeaseRefusal] Another agent or token holds the lease, or the epoch is outdated."
  })
  @POST
  @Path("lease")
  @Consumes(MediaType.APPLICATION_JSON)
  @Routine
  @Needs(Scope.ROLLOUT_ACT)
  public Response lease(@Context SecurityContext caller, @Exchange.Body("Heartbeat") String body) {
    Heartbeat heartbeat = Heartbeat.parse(body);
    Access.Granted granted = Caller.covering(caller, heartbeat.service(), heartbeat.env());
    return switch (rollouts.heartbeat(heartbeat, granted.name())) {
      case Beat.Granted(var answer) -> Response.ok(answer.toJson()).build();
      case Beat.Refused(var refusal) -> Response.status(409).entity(refusal.toJson()).build();
    };
  }

  /* Answers 404 if the rollout is unknown, and 403 if the caller's token does not permit its
   * service and environment. */
  private Optional<Response> refusal(String id, SecurityContext caller) {
    Optional<Rollout> rollout = rollouts.find(id);
    rollout.ifPresent(
        found -> Caller.covering(caller, found.order().service(), found.order().env()));
    return rollout.isPresent() ? Optional.empty() : Optional.of(notFound(id));
  }

  private static Response notFound(String id) {
    return PharosError.answer(404, "id", id, "the id of a rollout");
  }

  private RolloutView view(Rollout rollout) {
    return view(rollout, true);
  }

  private RolloutView view(Rollout rollout, boolean withEvents) {
    return RolloutView.of(
        rollout,
        rollouts.site(rollout).orElse(null),
        withEvents ? rollouts.events(rollout.id()) : List.of(),
        clock.instant());
  }
}
