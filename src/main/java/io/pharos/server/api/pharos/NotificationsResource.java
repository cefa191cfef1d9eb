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
import org.jspecify.annotations.Nullable;

/// Pharos' ledger of notifications: delivery attempts and their answers, the newest first.
@Path("/api/pharos/v1/notifications")
@RunOnVirtualThread
public class NotificationsResource {
  private final NotificationLedger ledger;

  public NotificationsResource(Outbox outbox, InstantSource clock) {
    this.ledger = new NotificationLedger(outbox, clock);
  }

  /// The latest deliveries.
  ///
  /// @param status `pending`, `sent`, `failed` or `superseded`
  /// @param since a time as in RFC 3339, or a duration back from now
  /// @param limit from 1 to 1000; 100 if not given
  @GET
  public Response list(
      @QueryParam("receiver") @Nullable String receiver,
      @QueryParam("status") @Nullable String status,
      @QueryParam("groupKey") @Nullable String groupKey,
      @QueryParam("since") @Nullable String since,
      @QueryParam("limit") @Nullable String limit) {
    AlertmanagerReply reply = ledger.list(receiver, status, groupKey, since, limit);
    return Response.status(reply.status())
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(reply.json())
        .build();
  }
}
