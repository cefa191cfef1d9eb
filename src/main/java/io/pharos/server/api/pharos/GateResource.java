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
import io.pharos.model.PromDuration;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.NotCoveredException;
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
import org.jspecify.annotations.Nullable;

/// Gates: opened by POST, asked by GET, cancelled by DELETE.
@Path("/api/pharos/v1")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class GateResource {
  /// Longer waits are cut to this, so that proxies do not cut them first.
  static final Duration MAX_WAIT = Duration.ofSeconds(60);

  private final GateService gates;
  private final Hindsight hindsight;

  public GateResource(GateService gates, Hindsight hindsight) {
    this.gates = gates;
    this.hindsight = hindsight;
  }

  /// Opens a gate: `{"deployment": KEY}`. 201 the first time, 200 when it is repeated with the same
  /// idempotency key, 422 when the key came with another deployment. With a wait it answers as
  /// [#decision] does, for who can only repeat one request.
  @POST
  @Path("gates")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.GATE_CREATE)
  public Response open(
      @HeaderParam("Idempotency-Key") @Nullable String idempotencyKey,
      @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller,
      String body) {
    Access.Granted granted = Caller.of(caller);
    JsonBody json = JsonBody.parse(body);
    String deploymentKey = json.required("deployment");
    json.finish();
    gates
        .deployment(deploymentKey)
        .ifPresent(known -> NotCoveredException.require(granted, known.service(), known.env()));
    String key = idempotencyKey == null ? UUID.randomUUID().toString() : idempotencyKey.strip();
    wait(wait); // what can't be read is refused before anything is opened
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
      case Opened.Existing(GateRun run) -> Response.ok(view(run)).build();
      case Opened.KeyReused(GateRun run) ->
          PharosError.answer(
              422,
              new InvalidFieldException(
                  "Idempotency-Key",
                  key,
                  "a new key, since this one opened the gate "
                      + run.id()
                      + " for another request"));
      case Opened.NoDeployment(String deploymentKey) ->
          PharosError.answer(
              404,
              new InvalidFieldException(
                  "deployment",
                  deploymentKey,
                  "the key of a deployment that was announced by PUT"));
      case Opened.NoPolicy(String service, String env) ->
          PharosError.answer(
              404,
              new InvalidFieldException(
                  "policy",
                  service + " in " + env,
                  "a gate policy for this service and environment in gates/*.yml"));
    };
  }

  /// The gate as soon as it is decided, or as it stands after the wait; always 200.
  @GET
  @Path("gates/{id}")
  @Needs(Scope.GATE_READ)
  public Response get(
      @PathParam("id") String id,
      @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller) {
    return about(
        await(id, wait, gates::await),
        id,
        caller,
        run ->
            Response.ok(view(run))
                .header(HttpHeaders.ETAG, "\"" + run.evaluations() + "-" + run.state() + "\"")
                .build());
  }

  /// The verdict as a status for `curl --fail-with-body --retry`: 200 for PASS, 409 for FAIL, 425
  /// for INCONCLUSIVE or a pass that is too old, 408 while it runs. A pass is looked at again
  /// before it is given. What a person decided in its place counts instead.
  @GET
  @Path("gates/{id}/require-pass")
  @Needs(Scope.GATE_READ)
  public Response requirePass(
      @PathParam("id") String id,
      @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller) {
    return about(await(id, wait, gates::use), id, caller, this::verdict);
  }

  /// The gate once it is decided, 200 whatever the outcome, for clients that read the body and take
  /// other statuses for errors (Argo Rollouts' web metric); 408 while it runs. A pass is looked at
  /// again before it is given.
  @GET
  @Path("gates/{id}/decision")
  @Needs(Scope.GATE_READ)
  public Response decision(
      @PathParam("id") String id,
      @QueryParam("wait") @Nullable String wait,
      @Context SecurityContext caller) {
    return about(
        await(id, wait, gates::use),
        id,
        caller,
        run -> {
          GateView view = view(run);
          return view.outcome() == GateState.RUNNING ? running(view) : Response.ok(view).build();
        });
  }

  private static Response running(GateView view) {
    return Response.status(status(GateState.RUNNING)).header("Retry-After", 2).entity(view).build();
  }

  private Response verdict(GateRun run) {
    GateView view = view(run);
    return view.outcome() == GateState.RUNNING
        ? running(view)
        : Response.status(status(view.outcome())).entity(view).build();
  }

  /// What an outcome is as a status; only PASS is one of success.
  static int status(GateState outcome) {
    return switch (outcome) {
      case PASS -> 200;
      case FAIL -> 409;
      case INCONCLUSIVE -> 425;
      case RUNNING -> 408;
    };
  }

  /// Cancels a gate that runs; one that is decided stays as it is.
  @DELETE
  @Path("gates/{id}")
  @Needs(Scope.GATE_CREATE)
  public Response cancel(@PathParam("id") String id, @Context SecurityContext caller) {
    return about(
        gates.find(id),
        id,
        caller,
        _ ->
            about(
                gates.cancel(id, Caller.of(caller).name()),
                id,
                caller,
                run -> Response.ok(view(run)).build()));
  }

  /// Decides in place of a gate: `{"outcome": "PASS" | "FAIL", "reason": …}`. The gate's own
  /// verdict stays, and is shown beside it. 409 when there is nothing to override, or no longer.
  @POST
  @Path("gates/{id}/override")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.GATE_OVERRIDE)
  public Response override(
      @PathParam("id") String id, @Context SecurityContext caller, String body) {
    JsonBody json = JsonBody.parse(body);
    String outcome = json.required("outcome");
    String reason = json.required("reason");
    json.finish();
    return about(
        gates.find(id),
        id,
        caller,
        run ->
            switch (gates.override(run, outcome, reason, Caller.of(caller).name())) {
              case GateService.Overridden.Made(GateRun made) -> Response.ok(view(made)).build();
              case GateService.Overridden.Refused(GateRun _, String why) ->
                  PharosError.answer(
                      409,
                      new InvalidFieldException(
                          "outcome", outcome, "a gate that can be overridden so: " + why));
            });
  }

  /// What the verdict rests on: the policy, every fact and observation, whether they are as they
  /// were recorded, and what judging them again gives.
  @GET
  @Path("gates/{id}/evidence")
  @Needs(Scope.GATE_READ)
  public Response evidence(@PathParam("id") String id, @Context SecurityContext caller) {
    return about(
        gates.find(id),
        id,
        caller,
        run -> Response.ok(GateView.Evidence.of(view(run), hindsight.of(run))).build());
  }

  /// The gates of a service, newest first.
  @GET
  @Path("services/{service}/gates")
  @Needs(Scope.GATE_READ)
  public Response ofService(
      @PathParam("service") String service,
      @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    List<GateRun> runs =
        gates.ofService(service, ListLimit.of(limit)).stream()
            .filter(run -> granted.covers(run.service(), run.env()))
            .toList();
    var regrets = hindsight.regrets(runs.stream().map(GateRun::id).toList());
    List<GateView> views = runs.stream().map(run -> view(run, regrets)).toList();
    return Response.ok(new GateList(views)).build();
  }

  /// Gates, newest first.
  public record GateList(List<GateView> gates) {}

  /// What there is to say of a gate to who may know of it.
  private static Response about(
      Optional<GateRun> gate,
      String id,
      SecurityContext caller,
      Function<GateRun, Response> answer) {
    gate.ifPresent(run -> NotCoveredException.require(Caller.of(caller), run.service(), run.env()));
    return gate.map(answer)
        .orElseGet(
            () ->
                PharosError.answer(
                    404,
                    new InvalidFieldException(
                        "id", id, "the id of a gate that was opened by POST")));
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
      Thread.currentThread().interrupt(); // the server stops: the caller gets what is known now
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
    } catch (IllegalArgumentException _) { // the message below says more
      throw new InvalidFieldException("wait", text, "a duration such as 50s, at most 60s count");
    }
  }
}
