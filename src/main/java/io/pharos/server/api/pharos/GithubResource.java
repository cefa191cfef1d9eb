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
import org.jspecify.annotations.Nullable;

/// Receives GitHub's webhooks.
@Path("/api/pharos/v1/github")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class GithubResource {
  private final GithubWebhook webhook;

  /// Passes webhooks to the given handler.
  public GithubResource(GithubWebhook webhook) {
    this.webhook = webhook;
  }

  /// Receives a webhook.
  ///
  /// @return 202 if it will be answered once there is a verdict, 200 if it is ignored, 401 without a
  ///   signature by a configured secret, 422 if it can't be answered, 503 if too many are waiting
  @POST
  @Path("webhook")
  @Consumes(MediaType.APPLICATION_JSON)
  @Exempt(Exemption.SIGNED)
  public Response webhook(
      @HeaderParam("X-GitHub-Event") @Nullable String event,
      @HeaderParam("X-GitHub-Delivery") @Nullable String delivery,
      @HeaderParam("X-Hub-Signature-256") @Nullable String signature,
      byte[] body) {
    return switch (webhook.receive(text(event), text(delivery), text(signature), body)) {
      case Received.Accepted(String callbackId) ->
          Response.status(202)
              .entity(new Taken(callbackId, "answered once there is a verdict"))
              .build();
      case Received.Ignored(String why) -> Response.ok(new Taken("", why)).build();
      case Received.Unsigned(String why) -> PharosError.answer(401, why);
      case Received.Refused(String why) -> PharosError.answer(422, why);
      case Received.Full(String why) ->
          PharosError.builder(503, new PharosError(why, null, null, null))
              .header("Retry-After", 60)
              .build();
    };
  }

  private static String text(@Nullable String header) {
    return header == null ? "" : header.strip();
  }

  /// What follows from a webhook.
  ///
  /// @param callback id of the callback that will answer it; empty for none
  public record Taken(String callback, String what) {}
}
