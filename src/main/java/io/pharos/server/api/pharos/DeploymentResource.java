package io.pharos.server.api.pharos;

import com.fasterxml.jackson.annotation.JsonInclude;
import com.fasterxml.jackson.annotation.JsonProperty;
import io.pharos.access.Access;
import io.pharos.access.Scope;
import io.pharos.callback.ReleaseOutcome;
import io.pharos.gate.GateRun;
import io.pharos.gate.GateService;
import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Announcement;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.DeploymentRegister;
import io.pharos.gate.deployment.DeploymentStatus;
import io.pharos.gate.deployment.Deployments.FinishOutcome;
import io.pharos.gate.deployment.Deployments.PutOutcome;
import io.pharos.gate.deployment.Intent;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.gate.deployment.Strategy;
import io.pharos.gate.judge.ReasonCode;
import io.pharos.server.api.Caller;
import io.pharos.server.api.JsonBody;
import io.pharos.server.api.Needs;
import io.pharos.server.api.pharos.DeploymentResource.DeploymentList.DeploymentView;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.PUT;
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
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Deployments: announced by PUT, ended by PATCH. The key of a deployment may contain slashes.
@Path("/api/pharos/v1/deployments")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeploymentResource {
  private static final String KEY = "Key of the deployment; may contain slashes.";

  private final DeploymentRegister register;
  private final GateService gates;
  private final InstantSource clock;

  DeploymentResource(DeploymentRegister register, GateService gates, InstantSource clock) {
    this.register = register;
    this.gates = gates;
    this.clock = clock;
  }

  /// Lists the deployments that the caller's token permits to read, newest first, with their gates.
  @Operation(
      operationId = "listDeployments",
      summary = "Lists deployments with their gates, newest first")
  @Exchange({
    "200 [DeploymentList] The deployments.",
    "400 The limit is not a number from 1 to 500."
  })
  @GET
  @Needs(Scope.GATE_READ)
  public Response list(
      @Parameter(description = "Selects a service.") @QueryParam("service")
          @Nullable String service,
      @Parameter(description = "Selects an environment.") @QueryParam("env") @Nullable String env,
      @Parameter(description = QueryNumber.LIMIT) @QueryParam("limit") @Nullable String limit,
      @Context SecurityContext caller) {
    Access.Granted granted = Caller.of(caller);
    Instant now = clock.instant();
    return Response.ok(
            new DeploymentList(
                register.newest(orEmpty(service), orEmpty(env), QueryNumber.limit(limit)).stream()
                    .filter(it -> granted.covers(it.service(), it.env()))
                    .map(it -> DeploymentList.Item.of(it, gates.ofDeployment(it.key()), gates, now))
                    .toList()))
        .build();
  }

  private static String orEmpty(@Nullable String parameter) {
    return parameter == null ? "" : parameter;
  }

  /// Announces a deployment.
  @Operation(operationId = "announceDeployment", summary = "Announces a deployment")
  @Exchange({
    "200 [DeploymentView] The same announcement was repeated.",
    "201 The deployment is announced.",
    "400 A field is missing, unknown or invalid.",
    "409 The key belongs to another deployment."
  })
  @PUT
  @Path("{key: .+}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.DEPLOYMENT_WRITE)
  public Response put(
      @Parameter(description = KEY) @PathParam("key") String key,
      @Context SecurityContext caller,
      @Exchange.Body("Announcement") String body) {
    Access.Granted granted = Caller.of(caller);
    Announcement announcement = announcement(key, JsonBody.parse(body));
    Caller.covering(caller, announcement.service(), announcement.env());
    return switch (register.put(announcement)) {
      case PutOutcome.Created(var deployment) ->
          Response.status(201).entity(DeploymentView.of(deployment)).build();
      case PutOutcome.Unchanged(var deployment) ->
          Response.ok(DeploymentView.of(deployment)).build();
      case PutOutcome.Conflict(var deployment) ->
          PharosError.answer(409, keyInUse(granted, deployment, announcement));
    };
  }

  /* Returns the error for a key that belongs to another deployment. The message names that
   * deployment only if the caller's token permits to read it. */
  private static InvalidFieldException keyInUse(
      Access.Granted granted, Deployment deployment, Announcement announcement) {
    String key = announcement.key();
    return granted.covers(deployment.service(), deployment.env())
        ? new InvalidFieldException(
            deployment.announcement().firstDifference(announcement),
            key,
            "the same announcement as before, because this key belongs to %s %s in %s"
                .formatted(deployment.service(), deployment.version(), deployment.env()))
        : new InvalidFieldException(
            "key",
            key,
            "another key, because this one belongs to a deployment that the token does not cover");
  }

  private static Announcement announcement(String key, JsonBody body) {
    var announcement =
        new Announcement(
            key,
            body.required("service"),
            body.required("env"),
            body.required("version"),
            body.string("sha", ""),
            Strategy.parse(body.string("strategy", Strategy.RECREATE.text())),
            body.string("color", ""),
            body.string("candidate", ""),
            body.string("baseline", ""),
            body.string("digest", ""),
            Intent.parse(body.string("intent", Intent.CHANGE.text())),
            body.strings("links"),
            body.time("started_at"));
    body.finish();
    return announcement;
  }

  /// Returns a deployment.
  @Operation(operationId = "getDeployment", summary = "Returns a deployment")
  @Exchange({"200 [DeploymentView] The deployment.", "404 No deployment has this key."})
  @GET
  @Path("{key: .+}")
  @Needs(Scope.GATE_READ)
  public Response get(
      @Parameter(description = KEY) @PathParam("key") String key, @Context SecurityContext caller) {
    return register
        .find(key)
        .map(
            deployment -> {
              Caller.covering(caller, deployment.service(), deployment.env());
              return Response.ok(DeploymentView.of(deployment)).build();
            })
        .orElseGet(() -> notFound(key));
  }

  /// Ends a deployment: `{"status": "succeeded" | "failed" | "rolled_back"}`.
  @Operation(operationId = "endDeployment", summary = "Ends a deployment")
  @Exchange({
    "200 [DeploymentView] The deployment has ended.",
    "400 A field is missing, unknown or invalid.",
    "404 No deployment has this key.",
    "409 The deployment has ended with another status."
  })
  @PATCH
  @Path("{key: .+}")
  @Consumes(MediaType.APPLICATION_JSON)
  @Needs(Scope.DEPLOYMENT_WRITE)
  public Response patch(
      @Parameter(description = KEY) @PathParam("key") String key,
      @Context SecurityContext caller,
      @Exchange.Body("End") String body) {
    JsonBody json = JsonBody.parse(body);
    DeploymentStatus status = DeploymentStatus.parse(json.required("status"));
    json.finish();
    register.find(key).ifPresent(found -> Caller.covering(caller, found.service(), found.env()));
    return switch (register.finish(key, status)) {
      case FinishOutcome.Finished(var deployment) ->
          Response.ok(DeploymentView.of(deployment)).build();
      case FinishOutcome.Unchanged(var deployment) ->
          Response.ok(DeploymentView.of(deployment)).build();
      case FinishOutcome.Conflict(var deployment) ->
          PharosError.answer(
              409,
              "status",
              status.text(),
              "the status of the deployment, which has ended as " + deployment.status().text());
      case FinishOutcome.NotFound() -> notFound(key);
    };
  }

  private static Response notFound(String key) {
    return PharosError.answer(404, "deployment", key, "the key of an announced deployment");
  }

  /// Deployments with their gates, newest first.
  @Schema
  public record DeploymentList(List<Item> deployments) {
    /// One deployment.
    ///
    /// @param verdict `running`, `passed`, `failed`, `inconclusive`, `cancelled`, or `unjudged` if
    ///   the deployment ended without a gate
    /// @param why the reason of the verdict, as a sentence
    /// @param gates the deployment's gates, newest first
    public record Item(
        DeploymentView deployment,
        @Schema(
                enumeration = {
                  "running",
                  "passed",
                  "failed",
                  "inconclusive",
                  "cancelled",
                  "unjudged"
                })
            String verdict,
        String why,
        @Schema(description = "Duration until the end of the deployment, or until now.")
            long seconds,
        List<GateLine> gates) {
      static Item of(Deployment deployment, List<GateRun> runs, GateService gates, Instant now) {
        Optional<GateRun> newest = runs.stream().findFirst();
        ReleaseOutcome outcome =
            ReleaseOutcome.of(
                deployment,
                newest,
                newest.flatMap(it -> gates.effectiveVerdict(it).override()),
                Optional.empty());
        Instant end = deployment.finishedAt();
        return new Item(
            DeploymentView.of(deployment),
            outcome.word().text(),
            outcome.text(),
            Math.max(
                0, Duration.between(deployment.startedAt(), end == null ? now : end).toSeconds()),
            runs.stream().map(GateLine::of).toList());
      }
    }

    /// The main fields of a gate.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    public record GateLine(
        String id,
        GateState state,
        @Schema(description = "The reason as a word (docs/format/gates.md).") ReasonCode code,
        String summary,
        @JsonProperty("opened_by") String openedBy,
        @JsonProperty("opened_at") String openedAt,
        @JsonProperty("decided_at") @Nullable String decidedAt,
        String url,
        @JsonProperty("evidence_url") String evidenceUrl) {
      static GateLine of(GateRun run) {
        Instant decidedAt = run.decidedAt();
        String url = "/api/pharos/v1/gates/" + run.id();
        return new GateLine(
            run.id(),
            run.state(),
            run.code(),
            run.summary(),
            run.openedBy(),
            run.openedAt().toString(),
            decidedAt == null ? null : decidedAt.toString(),
            url,
            url + "/evidence");
      }
    }

    /// A deployment in answers; times are RFC 3339.
    @JsonInclude(JsonInclude.Include.NON_NULL)
    @Schema
    public record DeploymentView(
        String key,
        String service,
        String env,
        String version,
        String sha,
        @Schema(enumeration = {"recreate", "rolling", "blue-green", "canary"}) String strategy,
        String color,
        String candidate,
        String baseline,
        String digest,
        @Schema(enumeration = {"change", "fix"}) String intent,
        Map<String, String> links,
        @JsonProperty("started_at") String startedAt,
        @Schema(enumeration = {"in_progress", "succeeded", "failed", "rolled_back"}) String status,
        @Schema(description = "Absent while the deployment is in progress.")
            @JsonProperty("finished_at")
            @Nullable String finishedAt) {
      static DeploymentView of(Deployment deployment) {
        var announcement = deployment.announcement();
        Instant finishedAt = deployment.finishedAt();
        return new DeploymentView(
            announcement.key(),
            announcement.service(),
            announcement.env(),
            announcement.version(),
            announcement.sha(),
            announcement.strategy().text(),
            announcement.color(),
            announcement.candidate(),
            announcement.baseline(),
            announcement.digest(),
            announcement.intent().text(),
            announcement.links(),
            deployment.startedAt().toString(),
            deployment.status().text(),
            finishedAt == null ? null : finishedAt.toString());
      }
    }
  }
}
