package io.pharos.server.api.pharos;

import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateService.Opened;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.hindsight.Hindsight;
import io.pharos.gate.hindsight.Regret;
import io.pharos.gate.hindsight.StoredGate;
import io.pharos.model.PromDuration;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Gates: opened by POST, read by GET, cancelled by DELETE.
@Path("/api/pharos/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class GateResource {
  /// Maximum time that a request waits. Common proxies have longer timeouts.
  static final Duration MAX_WAIT = Duration.ofSeconds(60);

  private static final String ID = "Id of the gate.";
  private static final String WAIT = "Maximum wait for a verdict, such as 50s; at most 60s.";

  private final GateService gates;
  private final Hindsight hindsight;

  /// Creates the resource.
  ///
  /// @param hindsight detects events that contradict an earlier verdict
  public GateResource(GateService gates, Hindsight hindsight) {
    this.gates = gates;
    this.hindsight = hindsight;
  }

  /// Opens a gate: `{"deployment": KEY}`. With the parameter `wait`, the answer is that of
  /// [#decision], for clients that can only repeat the same request.
  @Operation(operationId = "openGate", summary = "Opens a gate for a deployment")
  @Exchange({
    "200 [GateView] The same idempotency key opened this gate before; with a wait: the gate is decided.",
    "201 The gate is open.",
    "400 A field is missing, unknown or invalid, or the deployment lacks a property that the policy needs.",
    "404 There is no such deployment, or no gate policy for it.",
    "408 [GateView] With a wait: the gate is still running.",
    "422 The idempotency key was used for another deployment."
  })
  @POST
  @Path("gates")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.GATE_CREATE)
  public Response open(
      @Parameter(
              description =
                  "A request with the same key as an earlier request returns the gate of that request.")
          @HeaderParam("Idempotency-Key")
          @Nullable String idempotencyKey,
      @Parameter(
              description =
                  "Maximum wait for the decision, such as 50s. With this parameter, the answer is that of `/gates/{id}/decision`.")
          @QueryParam("wait")
          @Nullable String wait,
      @Context SecurityContext caller,
      @Exchange.Body("GateRequest") String body) {
    Access.Granted granted = Caller.of(caller);
    JsonBody json = JsonBody.parse(body);
    String deploymentKey = json.required("deployment");
    json.finish();
    gates
        .deployment(deploymentKey)
        .ifPresent(deployment -> Caller.covering(caller, deployment.service(), deployment.env()));
    String key = idempotencyKey == null ? UUID.randomUUID().toString() : idempotencyKey.strip();
    wait(wait); // rejects an invalid wait before the gate is opened
    return answer(
        gates.open(new GateRequest(deploymentKey, key, granted.name())), key, wait, caller);
  }

  private Response answer(
      Opened opened, String key, @Nullable String wait, SecurityContext caller) {
    return switch (opened) {
      case Opened.Created(GateRun run) when wait != null -> decision(run.id(), wait, caller);
      case Opened.Existing(GateRun run) when wait != null -> decision(run.id(), wait, caller);
      case Opened.Created(GateRun run) -> {
        GateView view = view(run);
        yield Response.created(URI.create(view.url())).entity(view).build();
      }
      case Opened.Existing(GateRun run) -> ok(run);
      case Opened.KeyReused(GateRun run) ->
          PharosError.answer(
              422,
              "Idempotency-Key",
              key,
              "a new key, because this one opened the gate " + run.id() + " for another request");
      case Opened.NoDeployment(String deploymentKey) ->
          PharosError.answer(
              404, "deployment", deploymentKey, "the key of an announced deployment");
      case Opened.NoPolicy(String service, String env) ->
          PharosError.answer(
              404,
              "policy",
              service + " in " + env,
              "a gate policy for this service and environment in gates/*.yml");
    };
  }

  /// Returns a gate as soon as it is decided. If the wait ends first, returns the gate's current
  /// state. The status of the answer is always 200.
  @Operation(
      operationId = "getGate",
      summary = "Returns a gate once it is decided, or its current state after the wait")
  @Exchange({
    "200 [GateView] The gate, whatever its state.",
    "400 The wait is not a duration.",
    "404 There is no such gate."
  })
  @GET
  @Path("gates/{id}")
  @Needs(Scope.GATE_READ)
  public Response get(
      @Parameter(description = ID) @PathParam("id") String id,
      @Parameter(description = WAIT) @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller) {
    return answerIfPermitted(
        await(id, wait, gates::await),
        id,
        caller,
        run ->
            Response.ok(told(run, caller))
                .header(HttpHeaders.ETAG, "\"" + run.evaluations() + "-" + run.state() + "\"")
                .build());
  }

  /// Returns the verdict as a status, for `curl --fail-with-body --retry`: 200 for PASS, 409 for
  /// FAIL, 425 for INCONCLUSIVE or an expired pass, 408 while the gate is running. A passed gate is
  /// checked again before the answer. If the gate has an override, the status is that of the
  /// override's outcome.
  @Operation(
      operationId = "requirePass",
      summary = "Returns the verdict as a status; a pass is checked again first")
  @Exchange({
    "200 [GateView] PASS, by the gate or an override.",
    "400 The wait is not a duration.",
    "404 There is no such gate.",
    "408 [GateView] The gate is still running after the wait, or a pass was withdrawn and may return.",
    "409 [GateView] FAIL, by the gate or an override.",
    "425 [GateView] INCONCLUSIVE, or an expired pass."
  })
  @GET
  @Path("gates/{id}/require-pass")
  @Needs(Scope.GATE_READ)
  public Response requirePass(
      @Parameter(description = ID) @PathParam("id") String id,
      @Parameter(description = WAIT) @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller) {
    return answerIfPermitted(
        await(id, wait, gates::use), id, caller, run -> verdict(told(run, caller)));
  }

  /// Returns a decided gate with status 200 whatever its outcome, for clients that treat other
  /// statuses as errors (Argo Rollouts' web metric); 408 while the gate is running. A passed gate
  /// is checked again before the answer.
  @Operation(
      operationId = "getDecision",
      summary =
          "Returns a decided gate with status 200 for any outcome; a pass is checked again first")
  @Exchange({
    "200 [GateView] The gate is decided; see `outcome`.",
    "400 The wait is not a duration.",
    "404 There is no such gate.",
    "408 [GateView] The gate is still running after the wait."
  })
  @GET
  @Path("gates/{id}/decision")
  @Needs(Scope.GATE_READ)
  public Response decision(
      @Parameter(description = ID) @PathParam("id") String id,
      @Parameter(description = WAIT) @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller) {
    return answerIfPermitted(
        await(id, wait, gates::use),
        id,
        caller,
        run -> {
          GateView view = told(run, caller);
          return view.outcome() == GateState.RUNNING ? running(view) : Response.ok(view).build();
        });
  }

  private static Response running(GateView view) {
    return Response.status(status(GateState.RUNNING)).header("Retry-After", 2).entity(view).build();
  }

  private static Response verdict(GateView view) {
    return view.outcome() == GateState.RUNNING
        ? running(view)
        : Response.status(status(view.outcome())).entity(view).build();
  }

  /// Returns the status for an outcome: 200 to 299 only for PASS.
  static int status(GateState outcome) {
    return switch (outcome) {
      case PASS -> 200;
      case FAIL -> 409;
      case INCONCLUSIVE -> 425;
      case RUNNING -> 408;
    };
  }

  /// Cancels a running gate. Does not change a decided gate.
  @Operation(operationId = "cancelGate", summary = "Cancels a running gate")
  @Exchange({"200 [GateView] The gate; a decided gate is unchanged.", "404 There is no such gate."})
  @DELETE
  @Path("gates/{id}")
  @Needs(Scope.GATE_CREATE)
  public Response cancel(
      @Parameter(description = ID) @PathParam("id") String id, @Context SecurityContext caller) {
    return answerIfPermitted(
        gates.find(id),
        id,
        caller,
        _ -> answerIfPermitted(gates.cancel(id, Caller.of(caller).name()), id, caller, this::ok));
  }

  /// Overrides the verdict: `{"outcome": "PASS" | "FAIL", "reason": …}`. The answer still contains
  /// the gate's own verdict.
  @Operation(operationId = "overrideGate", summary = "Overrides the verdict of a gate")
  @Exchange({
    "200 [GateView] The gate with the override.",
    "400 The outcome or the reason is missing or invalid.",
    "404 There is no such gate.",
    "409 The gate can't be overridden: it is running or has passed, its deployment has ended, or a newer gate replaced it."
  })
  @POST
  @Path("gates/{id}/override")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.GATE_OVERRIDE)
  public Response override(
      @Parameter(description = ID) @PathParam("id") String id,
      @Context SecurityContext caller,
      @Exchange.Body("Override") String body) {
    JsonBody json = JsonBody.parse(body);
    String outcome = json.required("outcome");
    String reason = json.required("reason");
    json.finish();
    return answerIfPermitted(
        gates.find(id),
        id,
        caller,
        run ->
            switch (gates.override(run, outcome, reason, Caller.of(caller).name())) {
              case GateService.Overridden.Made(GateRun made) -> ok(made);
              case GateService.Overridden.Refused(GateRun _, String why) ->
                  PharosError.answer(
                      409, "outcome", outcome, "an override that the gate permits: " + why);
            });
  }

  /// Returns the evidence of a verdict: the policy, all facts and observations, whether they are
  /// unchanged, and the verdict of a replay.
  @Operation(
      operationId = "getEvidence",
      summary =
          "Returns the evidence of a verdict: policy, facts, observations, verification and replay")
  @Exchange({"200 [Evidence] The evidence.", "404 There is no such gate."})
  @GET
  @Path("gates/{id}/evidence")
  @Needs(Scope.GATE_READ)
  public Response evidence(
      @Parameter(description = ID) @PathParam("id") String id, @Context SecurityContext caller) {
    return answerIfPermitted(
        gates.find(id),
        id,
        caller,
        run -> {
          StoredGate stored = hindsight.of(run);
          return Response.ok(GateView.Evidence.of(view(stored.run()), stored)).build();
        });
  }

  /// Lists the gates of a service that the caller's token permits to read, newest first.
  @Operation(operationId = "listGates", summary = "Lists the gates of a service, newest first")
  @Exchange({"200 [GateList] The gates.", "400 The limit is not a number from 1 to 500."})
  @GET
  @Path("services/{service}/gates")
  @Needs(Scope.GATE_READ)
  public Response ofService(
      @Parameter(description = "Service.") @PathParam("service") String service,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    List<GateRun> runs =
        gates.ofService(service, QueryNumber.limit(limit)).stream()
            .filter(run -> granted.covers(run.service(), run.env()))
            .toList();
    var regrets = hindsight.regrets(runs.stream().map(GateRun::id).toList());
    List<GateView> views = runs.stream().map(run -> view(run, regrets)).toList();
    return Response.ok(new GateList(views)).build();
  }

  /// Gates, newest first.
  @Schema
  public record GateList(List<GateView> gates) {}

  /* Answers 404 if the gate is unknown, and 403 if the caller's token does not permit its
   * service and environment. */
  private static Response answerIfPermitted(
      Optional<GateRun> gate,
      String id,
      SecurityContext caller,
      Function<GateRun, Response> answer) {
    gate.ifPresent(run -> Caller.covering(caller, run.service(), run.env()));
    return gate.map(answer)
        .orElseGet(() -> PharosError.answer(404, "id", id, "the id of an open or decided gate"));
  }

  private Response ok(GateRun run) {
    return Response.ok(view(run)).build();
  }

  private GateView told(GateRun run, SecurityContext caller) {
    GateView view = view(run);
    gates.told(run.id(), Caller.of(caller).name(), view.outcome());
    return view;
  }

  private GateView view(GateRun run) {
    return view(run, hindsight.regrets(List.of(run.id())));
  }

  private GateView view(GateRun run, Map<String, List<Regret>> regrets) {
    return GateView.of(
        run,
        gates.deployment(run.deploymentKey()).orElse(null),
        gates.effectiveVerdict(run),
        regrets.getOrDefault(run.id(), List.of()));
  }

  private interface Waiting {
    Optional<GateRun> await(String id, Duration wait) throws InterruptedException;
  }

  private Optional<GateRun> await(String id, @Nullable String wait, Waiting waiting) {
    try {
      return waiting.await(id, wait(wait));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown: answer with the current state
      return gates.find(id);
    }
  }

  static Duration wait(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Duration.ZERO;
    }
    try {
      Duration wait = PromDuration.parse(text);
      return wait.compareTo(MAX_WAIT) > 0 ? MAX_WAIT : wait;
    } catch (IllegalArgumentException _) { // reported below
      throw new InvalidFieldException(
          "wait", text, "a duration such as 50s (waits end after 60s at the latest)");
    }
  }
}
