package io.pharos.server.api.pharos;

import io.pharos.alerting.outbox.Outbox;
import io.pharos.server.api.alertmanager.AlertmanagerReply;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.InstantSource;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// The ledger of notifications: deliveries, attempts and answers, newest first.
@Path("/api/pharos/v1/notifications")
@RunOnVirtualThread
public class NotificationsResource {
  private final NotificationLedger ledger;

  /// Reads from the given outbox.
  public NotificationsResource(Outbox outbox, InstantSource clock) {
    this.ledger = new NotificationLedger(outbox, clock);
  }

  /// Lists the latest deliveries.
  ///
  /// @param status `pending`, `sent`, `failed` or `superseded`
  /// @param since a time in RFC 3339, or a duration before now
  /// @param limit from 1 to 1000; 100 by default
  @Operation(
      operationId = "listNotifications",
      summary = "Lists deliveries and their results, newest first")
  @Exchange({"200 [NotificationList] The notifications.", "400 A parameter is invalid."})
  @GET
  public Response list(
      @Parameter(description = "Selects a receiver.") @QueryParam("receiver")
          @Nullable String receiver,
      @Parameter(
              description = "Selects a status.",
              schema = @Schema(enumeration = {"pending", "sent", "failed", "superseded"}))
          @QueryParam("status")
          @Nullable String status,
      @Parameter(description = "Selects an alert group.") @QueryParam("groupKey")
          @Nullable String groupKey,
      @Parameter(description = "A time in RFC 3339, or a duration before now.") @QueryParam("since")
          @Nullable String since,
      @Parameter(description = "Maximum number, 1 to 1000; default 100.") @QueryParam("limit")
          @Nullable String limit) {
    AlertmanagerReply reply = ledger.list(receiver, status, groupKey, since, limit);
    return Response.status(reply.status())
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(reply.json())
        .build();
  }
}
