package io.pharos.server.api.pharos;

import io.pharos.callback.GithubWebhook;
import io.pharos.callback.GithubWebhook.Received;
import io.pharos.server.api.Exempt;
import io.pharos.server.api.Exemption;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Content;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.eclipse.microprofile.openapi.annotations.parameters.RequestBody;
import org.jspecify.annotations.Nullable;

/// Receives GitHub's webhooks.
@Path("/api/pharos/v1/github")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class GithubResource {
  private final GithubWebhook webhook;

  /// Creates the resource, which passes webhooks to the given handler.
  public GithubResource(GithubWebhook webhook) {
    this.webhook = webhook;
  }

  /// Receives a webhook and checks its signature.
  @Operation(
      operationId = "githubWebhook",
      summary = "Receives GitHub's webhook deployment_protection_rule",
      description = "Authenticated by the signature instead of a token.")
  @Exchange({
    "200 [Taken] The webhook is ignored.",
    "202 The webhook will be answered when there is a verdict.",
    "401 The webhook is not signed by a configured secret.",
    "413 The body has more than 65,536 bytes.",
    "422 The repository, environment or callback URL is not configured.",
    "503 #Unavailable"
  })
  @POST
  @Path("webhook")
  @Consumes(MediaType.APPLICATION_JSON)
  @Exempt(Exemption.SIGNED)
  public Response webhook(
      @Parameter(description = "Name of the event.", required = true) @HeaderParam("X-GitHub-Event")
          @Nullable String event,
      @Parameter(
              description = "Id of the delivery; repeated deliveries are answered only once.",
              required = true)
          @HeaderParam("X-GitHub-Delivery")
          @Nullable String delivery,
      @Parameter(
              description = "`sha256=` and the HMAC-SHA256 of the body in hex digits.",
              required = true)
          @HeaderParam("X-Hub-Signature-256")
          @Nullable String signature,
      @RequestBody(
              required = true,
              content = @Content(schema = @Schema(implementation = Object.class)))
          byte[] body) {
    return switch (webhook.receive(text(event), text(delivery), text(signature), body)) {
      case Received.Accepted(String callbackId) ->
          Response.status(202)
              .entity(new Taken(callbackId, "will be answered when there is a verdict"))
              .build();
      case Received.Ignored(String reason) -> Response.ok(new Taken("", reason)).build();
      case Received.Unsigned(String reason) -> PharosError.answer(401, reason);
      case Received.Refused(String reason) -> PharosError.answer(422, reason);
      case Received.Full(String reason) ->
          PharosError.builder(503, new PharosError(reason, null, null, null))
              .header("Retry-After", 60)
              .build();
    };
  }

  private static String text(@Nullable String header) {
    return header == null ? "" : header.strip();
  }

  /// The answer to an accepted or ignored webhook.
  ///
  /// @param callback id of the callback that will answer GitHub; empty for none
  @Schema
  public record Taken(String callback, String what) {}
}
