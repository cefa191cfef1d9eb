package io.pharos.server.api.pharos;

import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.RequestClient;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpServerRequest;
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
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/// Receives reports for push probes at addresses without parameters, as other services for cron
/// jobs have them (docs/format/probes.md, `push`).
@Path("/api/pharos/v1/heartbeats/{name}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class HeartbeatResource {
  private static final String NAME = "Name of the push probe.";
  private static final String EVENT = "`start`, `fail`, or the exit code of the command, 0 to 255.";
  private static final String MESSAGE = "Message for people; the last 500 characters are stored.";
  private static final String TOKEN =
      "The probe's token, for clients that can't send an `Authorization` header.";

  private final ProbePushResource reports;
  private final RequestClient clients;

  HeartbeatResource(ProbePushResource reports, RequestClient clients) {
    this.reports = reports;
    this.clients = clients;
  }

  /// Receives a success by POST; the body is its message.
  @Operation(operationId = "heartbeat", summary = "Receives a success of a job")
  @Exchange(like = "report")
  @POST
  @Consumes(MediaType.WILDCARD)
  @Exempt(Exemption.PROBE_TOKEN)
  public Response post(
      @Parameter(description = NAME) @PathParam("name") String name,
      @Parameter(description = TOKEN) @QueryParam("token") @Nullable String token,
      @Context HttpServerRequest request,
      @RequestBody(
              required = false,
              description = MESSAGE,
              content =
                  @Content(
                      mediaType = "text/plain",
                      schema = @Schema(implementation = String.class)))
          @Nullable String body) {
    return receive(name, "", body, token, request);
  }

  /// Receives a success by GET.
  @Operation(operationId = "heartbeatByGet", summary = "Receives a success of a job")
  @Exchange(like = "report")
  @GET
  @Exempt(Exemption.PROBE_TOKEN)
  public Response get(
      @Parameter(description = NAME) @PathParam("name") String name,
      @Parameter(description = TOKEN) @QueryParam("token") @Nullable String token,
      @Context HttpServerRequest request) {
    return receive(name, "", null, token, request);
  }

  /// Receives the start, the failure or the end of a run by POST; the body is its message.
  @Operation(operationId = "heartbeatEvent", summary = "Receives an event of a job")
  @Exchange(like = "report")
  @POST
  @Consumes(MediaType.WILDCARD)
  @Path("{event}")
  @Exempt(Exemption.PROBE_TOKEN)
  public Response postEvent(
      @Parameter(description = NAME) @PathParam("name") String name,
      @Parameter(description = EVENT) @PathParam("event") String event,
      @Parameter(description = TOKEN) @QueryParam("token") @Nullable String token,
      @Context HttpServerRequest request,
      @RequestBody(
              required = false,
              description = MESSAGE,
              content =
                  @Content(
                      mediaType = "text/plain",
                      schema = @Schema(implementation = String.class)))
          @Nullable String body) {
    return receive(name, event, body, token, request);
  }

  /// Receives such an event by GET.
  @Operation(operationId = "heartbeatEventByGet", summary = "Receives an event of a job")
  @Exchange(like = "report")
  @GET
  @Path("{event}")
  @Exempt(Exemption.PROBE_TOKEN)
  public Response getEvent(
      @Parameter(description = NAME) @PathParam("name") String name,
      @Parameter(description = EVENT) @PathParam("event") String event,
      @Parameter(description = TOKEN) @QueryParam("token") @Nullable String token,
      @Context HttpServerRequest request) {
    return receive(name, event, null, token, request);
  }

  private Response receive(
      String name,
      String event,
      @Nullable String body,
      @Nullable String token,
      HttpServerRequest request) {
    if (request.method().equals(HttpMethod.HEAD)) {
      return PharosError.answer(405, "reports must be sent by GET or POST");
    }
    String status =
        switch (event) {
          case "" -> "success";
          case "start" -> "start";
          case "fail" -> "failure";
          default -> null;
        };
    return reports.receive(
        name, status, status == null ? event : null, body, token, clients.of(request));
  }
}
