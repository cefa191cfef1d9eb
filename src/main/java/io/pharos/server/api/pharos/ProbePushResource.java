package io.pharos.server.api.pharos;

import io.pharos.access.Access;
import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.GuessLimit;
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
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Receives reports for push probes (docs/format/probes.md, `push`): by POST with a message as the
/// body, or by GET from clients that can't send anything else.
@Path("/api/pharos/v1/probes/{name}/push")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class ProbePushResource {
  private static final Logger LOG = LoggerFactory.getLogger(ProbePushResource.class);

  private static final String SUMMARY =
      "Receives a report for a push probe (docs/format/probes.md)";
  private static final String ACCESS =
      "Requires the probe's own token (token_file), as bearer token or parameter, or a token with heartbeat:write.";
  private static final String NAME = "Name of the probe.";
  private static final String STATUS =
      "Kind of report. By default `exit_code` decides; if that is absent too, the kind is `success`. `up` and `down` mean `success` and `failure`.";
  private static final String EXIT_CODE =
      "Exit code of the command, 0 to 255. Any code except 0 is a failure.";
  private static final String MESSAGE = "Message for people; the last 500 characters are stored.";
  private static final String TOKEN =
      "The probe's token, for clients that can't send an `Authorization` header.";

  private final ProbeRunner probes;
  private final AccessControl access;
  private final RequestClient clients;

  ProbePushResource(ProbeRunner probes, AccessControl access, RequestClient clients) {
    this.probes = probes;
    this.access = access;
    this.clients = clients;
  }

  /// The answer to an accepted report.
  @Schema
  public record ReportTaken(
      String probe,
      @Schema(
              description = "The accepted kind of report.",
              enumeration = {"start", "success", "failure"})
          String status,
      @Schema(description = "When the next report, or the end of the started run, is due.")
          String due) {}

  /// Receives a report by POST; the body is its message.
  @Operation(operationId = "report", summary = SUMMARY, description = ACCESS)
  @Exchange({
    "200 [ReportTaken] The report is accepted.",
    "400 A parameter is invalid.",
    "401 #Unauthorized",
    "403 #Forbidden",
    "404 There is no push probe of this name; callers without permission get 401 instead.",
    "429 The client sent too many wrong tokens.",
    "503 The probe's token file can't be read."
  })
  @POST
  @Consumes(MediaType.WILDCARD)
  @Exempt(Exemption.PROBE_TOKEN)
  public Response post(
      @Parameter(description = NAME) @PathParam("name") String name,
      @Parameter(
              description = STATUS,
              schema = @Schema(enumeration = {"start", "success", "failure", "up", "down"}))
          @QueryParam("status")
          @Nullable String status,
      @Parameter(description = EXIT_CODE) @QueryParam("exit_code") @Nullable String exitCode,
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
    return receive(name, status, exitCode, body, token, clients.of(request));
  }

  /// Receives a report by GET.
  @Operation(operationId = "reportByGet", summary = SUMMARY, description = ACCESS)
  @Exchange(like = "report")
  @GET
  @Exempt(Exemption.PROBE_TOKEN)
  public Response get(
      @Parameter(description = NAME) @PathParam("name") String name,
      @Parameter(
              description = STATUS,
              schema = @Schema(enumeration = {"start", "success", "failure", "up", "down"}))
          @QueryParam("status")
          @Nullable String status,
      @Parameter(description = EXIT_CODE) @QueryParam("exit_code") @Nullable String exitCode,
      @Parameter(description = MESSAGE) @QueryParam("msg") @Nullable String message,
      @Parameter(description = TOKEN) @QueryParam("token") @Nullable String token,
      @Context HttpServerRequest request) {
    return request.method().equals(HttpMethod.HEAD)
        ? PharosError.answer(405, "reports must be sent by GET or POST")
        : receive(name, status, exitCode, message, token, clients.of(request));
  }

  Response receive(
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
    Optional<Instant> due = probes.accept(name, report);
    return due.isEmpty()
        ? PharosError.answer(404, "there is no push probe of this name")
        : Response.ok(
                new ReportTaken(
                    name, report.kind().name().toLowerCase(Locale.ROOT), due.get().toString()))
            .build();
  }

  private Optional<Response> refusal(String name, @Nullable String token, Client client) {
    String callerToken = token == null ? client.credentials("Bearer") : token;
    if (callerToken == null) {
      return refusalByScope(client, "");
    }
    GuessLimit guesses = access.pushGuesses();
    if (guesses.begin(client, callerToken) instanceof GuessLimit.Attempt.Refused refused) {
      return Optional.of(tooMany(refused));
    }
    Optional<Response> refusal = refusalOf(name, callerToken, client);
    if (refusal.isEmpty()) {
      guesses.accepted(client, callerToken);
    } else if (refusal.get().getStatus() / 100 == 4 && refusal.get().getStatus() != 429) {
      guesses.wrong(client, callerToken);
    }
    return refusal;
  }

  private static Response tooMany(GuessLimit.Attempt.Refused refused) {
    return Response.fromResponse(
            PharosError.answer(429, "too many wrong tokens from this address; try again later"))
        .header(HttpHeaders.RETRY_AFTER, refused.retryAfter())
        .build();
  }

  /* Returns the answer to a caller who may not report to the probe; empty if the caller may. The
   * answer must not reveal whether the probe exists. */
  private Optional<Response> refusalOf(String name, String callerToken, Client client) {
    Optional<java.nio.file.Path> file = probes.pushToken(name);
    if (file.isPresent()) {
      try {
        if (isSame(callerToken, new SecretSource.FromFile(file.get()).token())) {
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
    return refusalByScope(client, callerToken);
  }

  private Optional<Response> refusalByScope(Client client, String callerToken) {
    return switch (access.authorize(client, Scope.HEARTBEAT_WRITE)) {
      case Access.Granted _ -> Optional.empty();
      case Access.Missing _ ->
          Optional.of(
              PharosError.answer(
                  401,
                  callerToken.isEmpty()
                      ? "the probe's token is missing; send it in the header \"Authorization:"
                          + " Bearer …\" or as ?token="
                      : "the token is not valid for this probe"));
      case Access.Invalid _ ->
          Optional.of(PharosError.answer(401, "the token is not valid for this probe"));
      case Access.Forbidden(String reason) -> Optional.of(PharosError.answer(403, reason));
      case Access.Limited limited -> Optional.of(tooMany(limited.attempt()));
      case Access.Unknown(String reason) -> Optional.of(PharosError.answer(503, reason));
    };
  }

  private static boolean isSame(String token, String otherToken) {
    return MessageDigest.isEqual(
        token.getBytes(StandardCharsets.UTF_8), otherToken.getBytes(StandardCharsets.UTF_8));
  }

  private static PushReport report(
      @Nullable String status, @Nullable String exitCode, String message) {
    Integer code =
        exitCode == null
            ? null
            : (Integer)
                (int) QueryNumber.of("exit_code", exitCode, 0, 255, "a number from 0 to 255");
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
      throw new InvalidFieldException(
          "exit_code",
          String.valueOf(code),
          "0 with the status success, and no exit code with the status start");
    }
    return new PushReport(kind, code, message);
  }
}
