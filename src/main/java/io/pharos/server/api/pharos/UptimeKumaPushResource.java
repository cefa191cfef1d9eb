package io.pharos.server.api.pharos;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.GuessLimit;
import io.pharos.probe.run.ProbeRunner;
import io.pharos.probe.run.PushReport;
import io.pharos.probe.run.PushTokens;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.pharos.server.api.RequestClient;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
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
import java.time.Duration;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// Receives reports for push probes as Uptime Kuma's push monitors do: the URL contains nothing but
/// a token, so users of Uptime Kuma change only the host (docs/format/probes.md, `push`). The
/// answers are the same as Uptime Kuma's.
@Path("/api/push/{token}")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class UptimeKumaPushResource {
  private static final int MAX_TOKEN_LENGTH = 256;
  private static final int MAX_NUMBER_LENGTH = 32;
  private static final double MAX_PING_MILLIS = 86_400_000;
  private static final String ACCESS =
      "Requires the push probe's own token (token_file) in the URL.";
  private static final String SUMMARY =
      "Receives a report in the form of Uptime Kuma's push monitors (docs/format/probes.md)";
  private static final String TOKEN = "The push probe's token.";
  private static final String STATUS = "`up` or empty for a success; any other text is a failure.";
  private static final String MESSAGE = "Message for people; the last 500 characters are stored.";
  private static final String PING = "Duration of the run in milliseconds.";

  private final ProbeRunner probes;
  private final PushTokens tokens;
  private final GuessLimit guesses;
  private final RequestClient clients;

  UptimeKumaPushResource(
      ProbeRunner probes, PushTokens tokens, AccessControl access, RequestClient clients) {
    this.probes = probes;
    this.tokens = tokens;
    this.guesses = access.pushGuesses();
    this.clients = clients;
  }

  /// The answer to an accepted report.
  @Schema
  public record Accepted(boolean ok) {}

  /// The answer to a refused report.
  @Schema
  public record Refused(boolean ok, @Schema(description = "The reason.") String msg) {}

  /// Receives a report by POST; ignores the body.
  @Operation(operationId = "reportByKuma", summary = SUMMARY, description = ACCESS)
  @Exchange({
    "200 [Accepted] The report is accepted.",
    "400 [Refused] `ping` is invalid.",
    "404 [Refused] The token belongs to no enabled push probe, or to several.",
    "429 [Refused] The client sent too many wrong tokens.",
    "503 [Refused] The token is unknown, but a token file can't be read."
  })
  @POST
  @Exempt(Exemption.PUSH_TOKEN)
  public Response post(
      @Parameter(description = TOKEN) @PathParam("token") String token,
      @Parameter(description = STATUS) @QueryParam("status") @Nullable String status,
      @Parameter(description = MESSAGE) @QueryParam("msg") @Nullable String message,
      @Parameter(description = PING) @QueryParam("ping") @Nullable String ping,
      @Context HttpServerRequest request) {
    return receive(token, status, message, ping, clients.of(request));
  }

  /// Receives a report by GET or HEAD, as Uptime Kuma does.
  @Operation(operationId = "reportByKumaGet", summary = SUMMARY, description = ACCESS)
  @Exchange(like = "reportByKuma")
  @GET
  @Exempt(Exemption.PUSH_TOKEN)
  public Response get(
      @Parameter(description = TOKEN) @PathParam("token") String token,
      @Parameter(description = STATUS) @QueryParam("status") @Nullable String status,
      @Parameter(description = MESSAGE) @QueryParam("msg") @Nullable String message,
      @Parameter(description = PING) @QueryParam("ping") @Nullable String ping,
      @Context HttpServerRequest request) {
    return receive(token, status, message, ping, clients.of(request));
  }

  Response receive(
      String token,
      @Nullable String status,
      @Nullable String message,
      @Nullable String ping,
      Client client) {
    if (guesses.begin(client, token) instanceof GuessLimit.Attempt.Refused refused) {
      return Response.fromResponse(
              refused(429, "Too many wrong tokens from this address; try again later."))
          .header(HttpHeaders.RETRY_AFTER, refused.retryAfter())
          .build();
    }
    PushTokens.Match match =
        token.length() > MAX_TOKEN_LENGTH ? new PushTokens.Match.Nobody() : tokens.find(token);
    return switch (match) {
      case PushTokens.Match.Probe(String name) -> {
        guesses.accepted(client, token);
        yield accept(name, status, message, ping, token);
      }
      case PushTokens.Match.Nobody _ -> {
        guesses.wrong(client, token);
        yield notFound();
      }
      case PushTokens.Match.Unknown _ ->
          refused(503, "The token can't be checked now, because a token file can't be read.");
    };
  }

  private Response accept(
      String name,
      @Nullable String status,
      @Nullable String message,
      @Nullable String ping,
      String token) {
    Duration took;
    try {
      took = ping == null || ping.isBlank() ? null : duration(ping.strip());
    } catch (NumberFormatException _) {
      return refused(400, "Invalid ping value: expected milliseconds from 0 to 86400000.");
    }
    boolean up = status == null || status.isEmpty() || status.equals("up");
    // A client may quote the URL in its message, but the stored message must not contain the token.
    String text = message == null ? "" : message.replace(token, "<secret>");
    var report =
        new PushReport(up ? PushReport.Kind.SUCCESS : PushReport.Kind.FAILURE, null, text, took);
    return probes.accept(name, report).isEmpty()
        ? notFound()
        : Response.ok(new Accepted(true)).build();
  }

  private static Duration duration(String milliseconds) {
    if (milliseconds.length() > MAX_NUMBER_LENGTH) {
      throw new NumberFormatException("too long");
    }
    double number = Double.parseDouble(milliseconds);
    if (!(number >= 0 && number <= MAX_PING_MILLIS)) {
      throw new NumberFormatException("out of range");
    }
    return Duration.ofNanos(Math.round(number * 1e6));
  }

  private static Response notFound() {
    return refused(404, "Monitor not found or not active.");
  }

  private static Response refused(int status, String reason) {
    return Response.status(status).entity(new Refused(false, reason)).build();
  }
}
