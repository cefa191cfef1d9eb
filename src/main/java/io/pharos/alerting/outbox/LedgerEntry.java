package io.pharos.alerting.outbox;

import io.pharos.alerting.pipeline.Notification;
import io.pharos.alerting.pipeline.NotificationLogEntry;
import io.pharos.model.Labels;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/// A delivery as the ledger records it: its integration, its group, its times and its result.
///
/// @param groupStatus `firing` or `resolved`
/// @param finishedAt null while pending
/// @param answer the receiver's answer or the reason of the failure; empty while pending
/// @param failures failed attempts that were followed by another attempt
public record LedgerEntry(
    String deliveryId,
    NotificationLogEntry.Key key,
    Labels groupLabels,
    String groupStatus,
    Notification.Reason reason,
    int firing,
    int resolved,
    boolean possibleDuplicate,
    Instant decidedAt,
    @Nullable Instant finishedAt,
    Delivery.Status status,
    int attempts,
    String answer,
    List<Failure> failures) {
  /* The HTTP status at the start of an answer: `200: …` or `http://host/… answered 503: …`. */
  private static final Pattern STATUS =
      Pattern.compile("^(?:https?://\\S++ answered )?([1-5][0-9]{2})(?![^:\\s])");

  public LedgerEntry {
    failures = List.copyOf(failures);
  }

  /// Returns a copy with these failed attempts.
  public LedgerEntry withFailures(List<Failure> found) {
    return with(answer, found);
  }

  /// Returns a copy with only the status and the length of each answer and reason, for people who
  /// may read but not send messages.
  public LedgerEntry withoutAnswers() {
    return with(
        redacted(answer),
        failures.stream()
            .map(one -> new Failure(one.number(), one.at(), redacted(one.reason())))
            .toList());
  }

  /// Returns only the status and the length of an answer.
  public static String redacted(String text) {
    if (text.isEmpty()) {
      return "";
    }
    var status = STATUS.matcher(text);
    return (status.lookingAt() ? "HTTP " + status.group(1) + ", " : "")
        + text.length()
        + " characters, shown with the scope alert:write";
  }

  private LedgerEntry with(String answerText, List<Failure> found) {
    return new LedgerEntry(
        deliveryId,
        key,
        groupLabels,
        groupStatus,
        reason,
        firing,
        resolved,
        possibleDuplicate,
        decidedAt,
        finishedAt,
        status,
        attempts,
        answerText,
        found);
  }

  /// A failed attempt.
  public record Failure(int number, Instant at, String reason) {}

  /// A query of the ledger.
  ///
  /// @param receiver name of the receiver; empty for all
  /// @param status in lower case, such as `failed`; empty for all
  /// @param groupKey identity of the group; empty for all
  /// @param since only deliveries decided at this instant or later; empty for all
  /// @param until only deliveries decided at this instant or earlier; empty for all
  /// @param limit maximum number of results, from 1 to 1000
  public record Query(
      String receiver,
      String status,
      String groupKey,
      Optional<Instant> since,
      Optional<Instant> until,
      int limit) {
    public static final int MAX_LIMIT = 1000;

    public Query {
      if (limit < 1 || limit > MAX_LIMIT) {
        throw new IllegalArgumentException(
            "expected a limit from 1 to " + MAX_LIMIT + ", found " + limit);
      }
    }

    /// A query without an end time.
    public Query(
        String receiver, String status, String groupKey, Optional<Instant> since, int limit) {
      this(receiver, status, groupKey, since, Optional.empty(), limit);
    }

    /// A query of deliveries of any time.
    public Query(String receiver, String status, String groupKey, int limit) {
      this(receiver, status, groupKey, Optional.empty(), Optional.empty(), limit);
    }
  }
}
