package io.pharos.api;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.deploy.Announcement;
import io.pharos.deploy.DeploymentRegister;
import io.pharos.deploy.DeploymentStatus;
import io.pharos.deploy.Deployments.FinishOutcome;
import io.pharos.deploy.Deployments.PutOutcome;
import io.pharos.deploy.InvalidFieldException;
import io.pharos.deploy.Strategy;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.PATCH;
import jakarta.ws.rs.PUT;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;

/// Deployments: announced by PUT, ended by PATCH. A key may hold slashes.
@Path("/api/pharos/v1/deployments")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class DeploymentResource {
  private final DeploymentRegister register;
  private final Guard guard;

  DeploymentResource(DeploymentRegister register, AccessControl access) {
    this.register = register;
    this.guard = new Guard(access);
  }

  /// Announces a deployment: 201 the first time, 200 when it is repeated, 409 when another one has
  /// the key.
  @PUT
  @Path("{key: .+}")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response put(
      @PathParam("key") String key,
      @Context HttpHeaders headers,
      @Context HttpServerRequest request,
      String body) {
    return put(key, Guard.client(headers, request), body);
  }

  Response put(String key, Client client, String body) {
    return guard.run(
        client,
        Scope.DEPLOYMENT_WRITE,
        granted -> {
          Announcement announcement = announcement(key, JsonBody.parse(body));
          Guard.require(granted, announcement.service(), announcement.env());
          return switch (register.put(announcement)) {
            case PutOutcome.Created(var deployment) ->
                Response.status(201).entity(DeploymentView.of(deployment)).build();
            case PutOutcome.Unchanged(var deployment) ->
                Response.ok(DeploymentView.of(deployment)).build();
            case PutOutcome.Conflict(var deployment) ->
                PharosError.answer(
                    409,
                    new InvalidFieldException(
                        deployment.announcement().firstDifference(announcement),
                        key,
                        "the same announcement as before, since this key is taken by "
                            + deployment.service()
                            + " "
                            + deployment.version()
                            + " in "
                            + deployment.env()));
          };
        });
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
            body.strings("links"),
            body.time("started_at"));
    body.finish();
    return announcement;
  }

  @GET
  @Path("{key: .+}")
  public Response get(
      @PathParam("key") String key,
      @Context HttpHeaders headers,
      @Context HttpServerRequest request) {
    return get(key, Guard.client(headers, request));
  }

  Response get(String key, Client client) {
    return guard.run(
        client,
        Scope.GATE_READ,
        granted ->
            register
                .find(key)
                .map(
                    deployment -> {
                      Guard.require(granted, deployment.service(), deployment.env());
                      return Response.ok(DeploymentView.of(deployment)).build();
                    })
                .orElseGet(() -> notFound(key)));
  }

  /// Ends a deployment: `{"status": "succeeded" | "failed" | "rolled_back"}`.
  @PATCH
  @Path("{key: .+}")
  @Consumes(MediaType.APPLICATION_JSON)
  public Response patch(
      @PathParam("key") String key,
      @Context HttpHeaders headers,
      @Context HttpServerRequest request,
      String body) {
    return patch(key, Guard.client(headers, request), body);
  }

  Response patch(String key, Client client, String body) {
    return guard.run(
        client,
        Scope.DEPLOYMENT_WRITE,
        granted -> {
          JsonBody json = JsonBody.parse(body);
          DeploymentStatus status = DeploymentStatus.parse(json.required("status"));
          json.finish();
          register
              .find(key)
              .ifPresent(known -> Guard.require(granted, known.service(), known.env()));
          return switch (register.finish(key, status)) {
            case FinishOutcome.Finished(var deployment) ->
                Response.ok(DeploymentView.of(deployment)).build();
            case FinishOutcome.Unchanged(var deployment) ->
                Response.ok(DeploymentView.of(deployment)).build();
            case FinishOutcome.Conflict(var deployment) ->
                PharosError.answer(
                    409,
                    new InvalidFieldException(
                        "status",
                        status.text(),
                        "nothing else, since the deployment has ended as "
                            + deployment.status().text()));
            case FinishOutcome.NotFound() -> notFound(key);
          };
        });
  }

  private static Response notFound(String key) {
    return PharosError.answer(
        404,
        new InvalidFieldException(
            "deployment", key, "the key of a deployment that was announced by PUT"));
  }
}
