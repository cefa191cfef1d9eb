package io.pharos.server.web.routing;

import io.pharos.alerting.outbox.LedgerEntry;
import io.pharos.alerting.pipeline.Integration;
import io.pharos.server.web.design.PageLinks;
import io.pharos.server.web.design.PageText;
import io.pharos.server.web.design.PageTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// A delivery on the page of the ledger.
///
/// @param status `sent`, `failed`, `superseded`, `retrying`, or `pending` before the first attempt
/// @param subject name of the group's alert, or what else the message was about
/// @param labels the group's other labels
/// @param alerts numbers of firing and resolved alerts
/// @param answer the receiver's answer, or why it did not get the message; empty while pending
/// @param took time from the decision to the answer; empty while pending
/// @param incident address of the incident; empty for messages about several groups, and tests
record LedgerRow(
    String status,
    PageTime decided,
    String receiver,
    String integration,
    String subject,
    List<String> labels,
    String alerts,
    String reason,
    String attempts,
    String answer,
    @Nullable PageTime answered,
    String took,
    boolean possibleDuplicate,
    String incident,
    String id,
    List<Failure> failures) {
  /// A failed attempt that was followed by another.
  record Failure(int number, PageTime at, String reason) {}

  /// Returns the row of a delivery.
  static LedgerRow of(LedgerEntry entry, Instant now) {
    Instant finished = entry.finishedAt();
    String name = entry.groupLabels().get("alertname");
    boolean isGroup = entry.key().groupKey().startsWith("{");
    return new LedgerRow(
        status(entry),
        PageTime.of(entry.decidedAt(), now),
        PageText.of(entry.key().integration().receiver()),
        integration(entry.key().integration()),
        !name.isEmpty() ? PageText.of(name) : isGroup ? "all alerts of the route" : "many groups",
        PageText.chips(entry.groupLabels().without(List.of("alertname"))),
        alerts(entry),
        entry.reason().text(),
        attempts(entry),
        PageText.of(entry.answer()),
        finished == null ? null : PageTime.of(finished, now),
        finished == null ? "" : PageTime.span(Duration.between(entry.decidedAt(), finished)),
        entry.possibleDuplicate(),
        isGroup ? PageLinks.incident(entry.groupLabels()) : "",
        PageText.of(entry.deliveryId()),
        entry.failures().stream()
            .map(
                one ->
                    new Failure(
                        one.number(), PageTime.of(one.at(), now), PageText.of(one.reason())))
            .toList());
  }

  /// Returns the name of an integration within its receiver: `slack`, or `slack 2` for the second.
  static String integration(Integration.Id id) {
    return id.index() == 0 ? id.type() : id.type() + " " + (id.index() + 1);
  }

  /// Returns the state of a delivery in one word.
  static String status(LedgerEntry entry) {
    return switch (entry.status()) {
      case PENDING -> entry.failures().isEmpty() ? "pending" : "retrying";
      case SENT, FAILED, SUPERSEDED -> entry.status().name().toLowerCase(Locale.ROOT);
    };
  }

  /// Returns the number of attempts in words; empty before the first.
  static String attempts(LedgerEntry entry) {
    int attempts = Math.max(entry.attempts(), entry.failures().size());
    return attempts == 0 ? "" : PageText.count(attempts, "attempt");
  }

  private static String alerts(LedgerEntry entry) {
    String resolved = entry.resolved() + " resolved";
    String firing = entry.firing() + " firing";
    return entry.resolved() == 0
        ? firing
        : entry.firing() == 0 ? resolved : firing + ", " + resolved;
  }
}
