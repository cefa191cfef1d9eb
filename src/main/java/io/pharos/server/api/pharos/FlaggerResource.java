package io.pharos.server.api.pharos;

import io.pharos.access.Scope;
import io.pharos.gate.EffectiveVerdict;
import io.pharos.gate.GateRequest;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateService.Opened;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.SecurityContext;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.eclipse.microprofile.openapi.annotations.Operation;

/// Answers Flagger's webhooks. The status of the answer expresses the verdict, because Flagger
/// proceeds only at a status from 200 to 202. The body is the reason, which Flagger logs. If the
/// verdict is unknown, the status makes Flagger neither promote nor roll back.
///
/// A webhook is about the deployment whose key is in its metadata (`deployment`). Without such a
/// key, it is about the newest deployment in progress of a service and environment. These are the
/// metadata `service` and `env`, or by default the name and namespace of the Canary. Each pair of a
/// deployment and a revision of the Canary has one gate.
@Path("/api/pharos/v1/flagger")
@Produces(MediaType.TEXT_PLAIN)
@RunOnVirtualThread
public class FlaggerResource {
  private static final int MAX_CHECKSUM = 40;

  private final GateService gates;
  private final DeploymentRegister deployments;

  FlaggerResource(GateService gates, DeploymentRegister deployments) {
    this.gates = gates;
    this.deployments = deployments;
  }

  /// Answers `confirm-rollout`: 200 once the deployment is announced.
  @Operation(
      operationId = "flaggerConfirmRollout",
      summary = "Flagger's confirm-rollout: checks that the deployment is announced")
  @Exchange({
    "200 The deployment is announced.",
    "400 A field is missing or wrong.",
    "404 No such deployment is in progress, or there is no policy for it."
  })
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Path("confirm-rollout")
  @Needs(Scope.GATE_READ)
  public Response confirmRollout(
      @Context SecurityContext caller, @Exchange.Body("FlaggerRevision") String body) {
    return answerFor(
        Revision.parse(body),
        caller,
        deployment ->
            text(
                200,
                "The deployment %s of version %s is announced."
                    .formatted(deployment.key(), deployment.version())));
  }

  /// Answers `confirm-promotion` with the same statuses as [GateResource#requirePass]. The first
  /// call opens the gate.
  @Operation(
      operationId = "flaggerConfirmPromotion",
      summary =
          "Flagger's confirm-promotion: requires PASS from a gate, which the first call opens")
  @Exchange({
    "200 PASS.",
    "400 A field is missing or wrong.",
    "404 No such deployment is in progress, or there is no policy for it.",
    "408 The gate is still running.",
    "409 FAIL.",
    "425 INCONCLUSIVE, or an expired pass."
  })
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Path("confirm-promotion")
  @Needs(Scope.GATE_CREATE)
  public Response confirmPromotion(
      @Context SecurityContext caller, @Exchange.Body("FlaggerRevision") String body) {
    return answerByVerdict(
        body, caller, (ruling, why) -> text(GateResource.status(ruling.outcome()), why));
  }

  /// Answers `rollback`: 200 if the gate has failed, so that Flagger rolls back; otherwise 409.
  @Operation(
      operationId = "flaggerRollback",
      summary = "Flagger's rollback: checks whether the gate has failed")
  @Exchange({
    "200 FAIL: roll back.",
    "400 A field is missing or wrong.",
    "404 No such deployment is in progress, or there is no policy for it.",
    "409 The gate has not failed."
  })
  @POST
  @Consumes(MediaType.APPLICATION_JSON)
  @Path("rollback")
  @Needs(Scope.GATE_CREATE)
  public Response rollback(
      @Context SecurityContext caller, @Exchange.Body("FlaggerRevision") String body) {
    return answerByVerdict(
        body,
        caller,
        (ruling, why) ->
            ruling.outcome() == GateState.FAIL ? text(200, why) : text(409, "No rollback. " + why));
  }

  /// The fields that Pharos reads in a webhook's body. Flagger may send others.
  ///
  /// @param checksum checksum of the Canary's specification, which identifies its revision
  private record Revision(
      String name, String namespace, String checksum, Map<String, String> metadata) {
    static Revision parse(String body) {
      JsonBody json = JsonBody.parse(body);
      String checksum = json.required("checksum");
      if (checksum.isBlank() || checksum.length() > MAX_CHECKSUM) {
        throw new InvalidFieldException(
            "checksum", checksum, "1 to " + MAX_CHECKSUM + " characters, as Flagger sends them");
      }
      return new Revision(
          json.required("name"), json.required("namespace"), checksum, json.strings("metadata"));
    }

    String service() {
      return metadata.getOrDefault("service", name);
    }

    String env() {
      return metadata.getOrDefault("env", namespace);
    }
  }

  private Response answerFor(
      Revision revision, SecurityContext caller, Function<Deployment, Response> answer) {
    String key = revision.metadata().get("deployment");
    if (key == null) {
      Caller.covering(caller, revision.service(), revision.env());
    }
    Optional<Deployment> deployment =
        key == null
            ? deployments.inProgress(revision.service(), revision.env())
            : deployments.find(key);
    deployment.ifPresent(found -> Caller.covering(caller, found.service(), found.env()));
    return deployment
        .filter(found -> found.status() == DeploymentStatus.IN_PROGRESS)
        .map(answer)
        .orElseGet(
            () ->
                text(
                    404,
                    (key == null
                            ? "No deployment of %s in %s is in progress"
                                .formatted(revision.service(), revision.env())
                            : "No deployment " + key + " is in progress")
                        + ": announce it by PUT /api/pharos/v1/deployments/KEY before the Canary"
                        + " changes."));
  }

  private Response answerByVerdict(
      String body, SecurityContext caller, BiFunction<EffectiveVerdict, String, Response> answer) {
    Revision revision = Revision.parse(body);
    return answerFor(
        revision, caller, deployment -> answerByVerdict(revision, deployment, caller, answer));
  }

  private Response answerByVerdict(
      Revision revision,
      Deployment deployment,
      SecurityContext caller,
      BiFunction<EffectiveVerdict, String, Response> answer) {
    var request =
        new GateRequest(
            deployment.key(),
            "flagger:" + revision.checksum() + ":" + deployment.key(),
            Caller.of(caller).name());
    return switch (gates.open(request)) {
      case Opened.Created(GateRun run) -> answerByVerdict(run, answer);
      case Opened.Existing(GateRun run) -> answerByVerdict(run, answer);
      case Opened.KeyReused(GateRun run) ->
          text(422, "The gate " + run.id() + " belongs to another request.");
      case Opened.NoDeployment(String gone) ->
          text(404, "The deployment " + gone + " no longer exists.");
      case Opened.NoPolicy(String service, String env) ->
          text(
              404,
              "There is no gate policy for " + service + " in " + env + "; add one to gates/.");
    };
  }

  private Response answerByVerdict(
      GateRun opened, BiFunction<EffectiveVerdict, String, Response> answer) {
    GateRun run = opened;
    try {
      run = gates.use(opened.id(), Duration.ZERO).orElse(opened);
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt(); // shutdown
      return text(503, "Pharos is stopping; retry in a minute.");
    }
    EffectiveVerdict ruling = gates.effectiveVerdict(run);
    return answer.apply(ruling, why(run, ruling));
  }

  private static String why(GateRun run, EffectiveVerdict ruling) {
    String overridden =
        ruling
            .override()
            .map(override -> " (overridden by " + override.by() + ": " + override.reason() + ")")
            .orElse("");
    String expired = ruling.expired() ? "The pass has expired. " : "";
    return "%s%s: %s%s /api/pharos/v1/gates/%s"
        .formatted(ruling.outcome(), overridden, expired, run.summary(), run.id());
  }

  private static Response text(int status, String text) {
    return Response.status(status).type(MediaType.TEXT_PLAIN_TYPE).entity(text + "\n").build();
  }
}
