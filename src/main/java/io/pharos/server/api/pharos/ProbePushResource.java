package io.pharos.server.api.pharos;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.config.http.SecretSource;
import io.pharos.gate.deployment.InvalidFieldException;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushReport;
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
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponse;
import org.eclipse.microprofile.openapi.annotations.responses.APIResponseSchema;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives reports for push probes (docs/format/probes.md, `push`): by POST with a message as the
/// body, or by GET for clients that can only request a URL.
@Path("/api/pharos/v1/probes/{name}/push")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ProbePushResource {
  private static final Logger LOG = LoggerFactory.getLogger(ProbePushResource.class);

  private final ProbeRunner probes;
  private final AccessControl access;
  private final RequestClient clients;

  ProbePushResource(ProbeRunner probes, AccessControl access, RequestClient clients) {
    this.probes = requireNonNull(probes, "probes is null");
    this.access = requireNonNull(access, "access is null");
    this.clients = requireNonNull(clients, "clients is null");
  }

  /// An accepted report.
  ///
  /// @param due when the next report is due
  public record ReportTaken(
      String probe,
      @Schema(
              description = "The accepted kind of report.",
              enumeration = {"start", "success", "failure"})
          String status,
      @Schema(description = "When the next report, or the end of the started run, is due.")
          String due) {}

  /// Receives a report; the body is its message.
  @Operation(
      operationId = "report",
      summary = "Receives a report for a push probe (docs/format/probes.md)",
      description =
          "Requires the probe's own token (token_file), as bearer token or parameter, or a token with heartbeat:write.")
  @APIResponseSchema(
      value = ReportTaken.class,
      responseCode = "200",
      responseDescription = "The report is accepted.")
  @APIResponse(responseCode = "400", description = "A parameter is invalid.")
  @APIResponse(responseCode = "401", ref = "Unauthorized")
  @APIResponse(responseCode = "403", ref = "Forbidden")
  @APIResponse(
      responseCode = "404",
      description =
          "There is no push probe of this name; callers without permission get 401 instead.")
  @APIResponse(responseCode = "503", description = "The probe's token file can't be read.")
  @POST
  @Consumes(MediaType.WILDCARD)
  @Exempt(Exemption.PROBE_TOKEN)
  public Response post(
      @Parameter(description = "Name of the probe.") @PathParam("name") String name,
      @Parameter(
              description =
                  "Kind of report; default by `exit_code`, or else `success`. `up` and `down` mean `success` and `failure`.",
              schema = @Schema(enumeration = {"start", "success", "failure", "up", "down"}))
          @QueryParam("status")
          @Nullable String status,
      @Parameter(description = "Exit code of the command, 0 to 255; any but 0 is a failure.")
          @QueryParam("exit_code")
          @Nullable String exitCode,
      @Parameter(
              description =
                  "The probe's token, for clients that can't send an `Authorization` header.")
          @QueryParam("token")
          @Nullable String token,
      @Context HttpServerRequest request,
      @RequestBody(
              description = "Message for people; the last 500 characters are kept.",
              content =
                  @Content(
                      mediaType = "text/plain",
                      schema = @Schema(implementation = String.class)))
          @Nullable String body) {
    return take(name, status, exitCode, body, token, clients.of(request));
  }

  /// Receives a report.
  @Operation(
      operationId = "reportByGet",
      summary = "Receives a report for a push probe (docs/format/probes.md)",
      description =
          "Requires the probe's own token (token_file), as bearer token or parameter, or a token with heartbeat:write.")
  @APIResponseSchema(
      value = ReportTaken.class,
      responseCode = "200",
      responseDescription = "The report is accepted.")
  @APIResponse(responseCode = "400", description = "A parameter is invalid.")
  @APIResponse(responseCode = "401", ref = "Unauthorized")
  @APIResponse(responseCode = "403", ref = "Forbidden")
  @APIResponse(
      responseCode = "404",
      description =
          "There is no push probe of this name; callers without permission get 401 instead.")
  @APIResponse(responseCode = "503", description = "The probe's token file can't be read.")
  @GET
  @Exempt(Exemption.PROBE_TOKEN)
  public Response get(
      @Parameter(description = "Name of the probe.") @PathParam("name") String name,
      @Parameter(
              description =
                  "Kind of report; default by `exit_code`, or else `success`. `up` and `down` mean `success` and `failure`.",
              schema = @Schema(enumeration = {"start", "success", "failure", "up", "down"}))
          @QueryParam("status")
          @Nullable String status,
      @Parameter(description = "Exit code of the command, 0 to 255; any but 0 is a failure.")
          @QueryParam("exit_code")
          @Nullable String exitCode,
      @Parameter(description = "Message for people; the last 500 characters are kept.")
          @QueryParam("msg")
          @Nullable String message,
      @Parameter(
              description =
                  "The probe's token, for clients that can't send an `Authorization` header.")
          @QueryParam("token")
          @Nullable String token,
      @Context HttpServerRequest request) {
    return request.method().equals(HttpMethod.HEAD)
        ? PharosError.answer(405, "reports must be sent by GET or POST")
        : take(name, status, exitCode, message, token, clients.of(request));
  }

  Response take(
      String name,
      @Nullable String status,
      @Nullable String exitCode,
      @Nullable String message,
      @Nullable String token,
      Client client) {
    Optional<Response> refusal = refusal(name, token, client);
    if (refusal.isPresent()) {
      return refusal.get();
    }
    PushReport report = report(status, exitCode, message == null ? "" : message);
    Optional<Instant> due = probes.hear(name, report);
    return due.isEmpty()
        ? PharosError.answer(404, "there is no push probe of this name")
        : Response.ok(new ReportTaken(name, word(report.kind()), due.get().toString())).build();
  }

  /* A caller that may not report must not learn whether the probe exists. */
  private Optional<Response> refusal(String name, @Nullable String token, Client client) {
    String given = token == null ? client.credentials("Bearer") : token;
    Optional<java.nio.file.Path> file = probes.pushToken(name);
    if (given != null && file.isPresent()) {
      try {
        if (same(given, new SecretSource.FromFile(file.get()).token())) {
          return Optional.empty();
        }
      } catch (IOException e) {
        LOG.error(
            "a report for probe {} was refused, because the file with its token can't be read: {}",
            name,
            e.getMessage());
        return Optional.of(
            PharosError.answer(
                503, "the probe's token file can't be read; correct it on the Pharos server"));
      }
    }
    return switch (access.authorize(client, Scope.HEARTBEAT_WRITE)) {
      case Access.Granted _ -> Optional.empty();
      case Access.Missing _ ->
          Optional.of(
              PharosError.answer(
                  401,
                  given != null
                      ? "the token is not valid for this probe"
                      : "the probe's token is missing; send it in the header \"Authorization: Bearer …\""
                          + " or as ?token="));
      case Access.Invalid _ ->
          Optional.of(PharosError.answer(401, "the token is not valid for this probe"));
      case Access.Forbidden(String reason) -> Optional.of(PharosError.answer(403, reason));
      case Access.Unknown(String reason) -> Optional.of(PharosError.answer(503, reason));
    };
  }

  private static boolean same(String one, String other) {
    return MessageDigest.isEqual(
        one.getBytes(StandardCharsets.UTF_8), other.getBytes(StandardCharsets.UTF_8));
  }

  private static PushReport report(
      @Nullable String status, @Nullable String exitCode, String message) {
    Integer code = exitCode == null ? null : exitCode(exitCode);
    PushReport.Kind kind =
        switch (status) {
          case null ->
              code == null || code == 0 ? PushReport.Kind.SUCCESS : PushReport.Kind.FAILURE;
          case "start" -> PushReport.Kind.START;
          case "success", "up" -> PushReport.Kind.SUCCESS;
          case "failure", "down" -> PushReport.Kind.FAILURE;
          default -> throw new InvalidFieldException("status", status, "start, success or failure");
        };
    if (code != null
        && (kind == PushReport.Kind.START || (kind == PushReport.Kind.SUCCESS && code != 0))) {
      throw new InvalidFieldException("exit_code", String.valueOf(code), "none with this status");
    }
    return new PushReport(kind, code, message);
  }

  private static int exitCode(String text) {
    try {
      int code = Integer.parseInt(text);
      if (code >= 0 && code <= 255) {
        return code;
      }
    } catch (NumberFormatException _) { // reported below
    }
    throw new InvalidFieldException("exit_code", text, "a number from 0 to 255");
  }

  private static String word(PushReport.Kind kind) {
    return switch (kind) {
      case START -> "start";
      case SUCCESS -> "success";
      case FAILURE -> "failure";
    };
  }
}
