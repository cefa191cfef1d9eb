package io.pharos.server.api.pharos;

import io.pharos.access.AccessControl;
import io.pharos.access.Client;
import io.pharos.access.Scope;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.RequestClient;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import io.smallrye.common.annotation.RunOnVirtualThread;
import io.vertx.core.http.HttpServerRequest;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import org.eclipse.microprofile.openapi.annotations.Operation;
import org.eclipse.microprofile.openapi.annotations.media.Schema;
import org.eclipse.microprofile.openapi.annotations.parameters.Parameter;
import org.jspecify.annotations.Nullable;

/// The ledger of notifications: deliveries with their attempts and the receivers' answers.
@Path("/api/pharos/v1/notifications")
@RunOnVirtualThread
public class NotificationsResource {
  private static final int DEFAULT_LIMIT = 100;

  private final Outbox outbox;
  private final InstantSource clock;
  private final AccessControl access;
  private final RequestClient clients;

  /// Creates the resource, which reads from the given outbox.
  public NotificationsResource(
      Outbox outbox, InstantSource clock, AccessControl access, RequestClient clients) {
    this.outbox = outbox;
    this.clock = clock;
    this.access = access;
    this.clients = clients;
  }

  /// Lists the latest deliveries, newest first.
  ///
  /// @param status `pending`, `sent`, `failed` or `superseded`; null for any status
  /// @param since a time in RFC 3339, or a duration before now; null for deliveries of any time
  /// @param limit from 1 to 1000; null means 100
  @Operation(
      operationId = "listNotifications",
      summary = "Lists deliveries and their results, newest first",
      description =
          "Without the scope alert:write, only status and length of receivers' answers are shown.")
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
          @Nullable String limit,
      @Context HttpServerRequest request) {
    return list(receiver, status, groupKey, since, limit, clients.of(request));
  }

  /// Lists the latest deliveries for a client. The receivers' answers are redacted for a client who
  /// may only read: if an address leads to a page that only Pharos can reach, they quote the page.
  public Response list(
      @Nullable String receiver,
      @Nullable String status,
      @Nullable String groupKey,
      @Nullable String since,
      @Nullable String limit,
      Client client) {
    try {
      var query =
          new LedgerEntry.Query(
              receiver == null ? "" : receiver,
              status(status),
              groupKey == null ? "" : groupKey,
              time("since", since, clock.instant()),
              limit(limit));
      Stream<LedgerEntry> entries = outbox.ledger(query).stream();
      List<LedgerEntry> shown =
          access.allows(client, Scope.ALERT_WRITE)
              ? entries.toList()
              : entries.map(LedgerEntry::withoutAnswers).toList();
      return answer(200, "notifications", JsonValue.array(shown, NotificationsResource::json));
    } catch (IllegalArgumentException e) {
      return answer(400, "error", String.valueOf(e.getMessage()));
    }
  }

  private static Response answer(int status, String field, Object value) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON_TYPE)
        .entity(AlertmanagerJson.write(JsonValue.object(field, value)))
        .build();
  }

  /// Returns a status of deliveries as the ledger names it; empty for any status.
  ///
  /// @throws IllegalArgumentException if there is no such status
  public static String status(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return "";
    }
    List<String> statuses =
        Arrays.stream(Delivery.Status.values())
            .map(status -> status.name().toLowerCase(Locale.ROOT))
            .toList();
    if (!statuses.contains(text)) {
      throw new IllegalArgumentException(
          "status: expected one of " + statuses + ", found " + Quoted.of(text));
    }
    return text;
  }

  /// Parses a time in RFC 3339, or a duration before now; empty if there is no text.
  ///
  /// @param name name of the parameter, for the message
  /// @throws IllegalArgumentException if it is neither
  public static Optional<Instant> time(String name, @Nullable String text, Instant now) {
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Character.isDigit(text.charAt(0)) && text.indexOf('T') > 0
              ? OffsetDateTime.parse(text).toInstant()
              : now.minus(PromDuration.parse(text)));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          name + ": expected a duration such as 6h or a time in RFC 3339, found " + Quoted.of(text),
          e);
    }
  }

  private static int limit(@Nullable String text) {
    if (text == null) {
      return DEFAULT_LIMIT;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= LedgerEntry.Query.MAX_LIMIT) {
        return limit;
      }
    } catch (NumberFormatException _) { // reported below
    }
    throw new IllegalArgumentException(
        "limit: expected a number from 1 to %d, found %s"
            .formatted(LedgerEntry.Query.MAX_LIMIT, Quoted.of(text)));
  }

  private static JsonValue json(LedgerEntry entry) {
    Integration.Id integration = entry.key().integration();
    Instant finishedAt = entry.finishedAt();
    return JsonValue.object(
        "id", entry.deliveryId(),
        "receiver", integration.receiver(),
        "integration", integration.type(),
        "integrationIndex", integration.index(),
        "groupKey", entry.key().groupKey(),
        "groupLabels", entry.groupLabels().toMap(),
        "groupStatus", entry.groupStatus(),
        "reason", entry.reason().text(),
        "firing", entry.firing(),
        "resolved", entry.resolved(),
        "possibleDuplicate", entry.possibleDuplicate(),
        "decidedAt", AlertmanagerJson.time(entry.decidedAt()),
        "finishedAt", finishedAt == null ? null : AlertmanagerJson.time(finishedAt),
        "status", entry.status().name().toLowerCase(Locale.ROOT),
        "attempts", entry.attempts(),
        "answer", entry.answer(),
        "failures", JsonValue.array(entry.failures(), NotificationsResource::json));
  }

  private static JsonValue json(LedgerEntry.Failure failure) {
    return JsonValue.object(
        "attempt", failure.number(),
        "at", AlertmanagerJson.time(failure.at()),
        "reason", failure.reason());
  }
}
