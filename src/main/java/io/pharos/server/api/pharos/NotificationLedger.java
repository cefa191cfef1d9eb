package io.pharos.server.api.pharos;

import com.fasterxml.jackson.core.JsonGenerator;
import io.pharos.alerting.outbox.Delivery;
import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.outbox.Outbox;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.server.api.alertmanager.AlertmanagerJson;
import io.pharos.server.api.alertmanager.AlertmanagerReply;
import java.io.IOException;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Writes the ledger of deliveries as JSON.
public final class NotificationLedger {
  private static final int DEFAULT_LIMIT = 100;

  private final Outbox outbox;
  private final InstantSource clock;

  /// Reads from the given outbox.
  public NotificationLedger(Outbox outbox, InstantSource clock) {
    this.outbox = outbox;
    this.clock = clock;
  }

  /// Lists deliveries that match all given parameters.
  ///
  /// @return 200 with `notifications`, or 400 with `error`
  public AlertmanagerReply list(
      @Nullable String receiver,
      @Nullable String status,
      @Nullable String groupKey,
      @Nullable String since,
      @Nullable String limit) {
    try {
      var query =
          new LedgerEntry.Query(
              receiver == null ? "" : receiver,
              status(status),
              groupKey == null ? "" : groupKey,
              since(since),
              limit(limit));
      List<LedgerEntry> entries = outbox.ledger(query);
      return AlertmanagerReply.ok(AlertmanagerJson.write(json -> write(json, entries)));
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      return new AlertmanagerReply(
          400,
          AlertmanagerJson.write(
              json -> {
                json.writeStartObject();
                json.writeStringField("error", message);
                json.writeEndObject();
              }));
    }
  }

  private static String status(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return "";
    }
    List<String> known =
        Arrays.stream(Delivery.Status.values())
            .map(status -> status.name().toLowerCase(Locale.ROOT))
            .toList();
    if (!known.contains(text)) {
      throw new IllegalArgumentException(
          "status: expected one of " + known + ", found " + Quoted.of(text));
    }
    return text;
  }

  private Optional<Instant> since(@Nullable String text) {
    if (text == null || text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return Optional.of(
          Character.isDigit(text.charAt(0)) && text.indexOf('T') > 0
              ? OffsetDateTime.parse(text).toInstant()
              : clock.instant().minus(PromDuration.parse(text)));
    } catch (DateTimeException | IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "since: expected a duration such as 6h or a time in RFC 3339, found " + Quoted.of(text),
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

  private static void write(JsonGenerator json, List<LedgerEntry> entries) throws IOException {
    json.writeStartObject();
    json.writeArrayFieldStart("notifications");
    for (LedgerEntry entry : entries) {
      write(json, entry);
    }
    json.writeEndArray();
    json.writeEndObject();
  }

  private static void write(JsonGenerator json, LedgerEntry entry) throws IOException {
    json.writeStartObject();
    json.writeStringField("id", entry.deliveryId());
    json.writeStringField("receiver", entry.key().integration().receiver());
    json.writeStringField("integration", entry.key().integration().type());
    json.writeNumberField("integrationIndex", entry.key().integration().index());
    json.writeStringField("groupKey", entry.key().groupKey());
    json.writeObjectFieldStart("groupLabels");
    for (int i = 0; i < entry.groupLabels().size(); i++) {
      json.writeStringField(entry.groupLabels().name(i), entry.groupLabels().value(i));
    }
    json.writeEndObject();
    json.writeStringField("groupStatus", entry.groupStatus());
    json.writeStringField("reason", entry.reason().text());
    json.writeNumberField("firing", entry.firing());
    json.writeNumberField("resolved", entry.resolved());
    json.writeBooleanField("possibleDuplicate", entry.possibleDuplicate());
    AlertmanagerJson.writeTime(json, "decidedAt", entry.decidedAt());
    Instant finishedAt = entry.finishedAt();
    if (finishedAt == null) {
      json.writeNullField("finishedAt");
    } else {
      AlertmanagerJson.writeTime(json, "finishedAt", finishedAt);
    }
    json.writeStringField("status", entry.status().name().toLowerCase(Locale.ROOT));
    json.writeNumberField("attempts", entry.attempts());
    json.writeStringField("answer", entry.answer());
    json.writeArrayFieldStart("failures");
    for (LedgerEntry.Failure failure : entry.failures()) {
      json.writeStartObject();
      json.writeNumberField("attempt", failure.number());
      AlertmanagerJson.writeTime(json, "at", failure.at());
      json.writeStringField("reason", failure.reason());
      json.writeEndObject();
    }
    json.writeEndArray();
    json.writeEndObject();
  }
}
