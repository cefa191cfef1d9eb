package io.pharos.callback;

import java.time.Instant;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/// The report of one release to one target. It contains only the newest message: a new message
/// replaces an undelivered message.
///
/// @param id unique for kind, target and subject
/// @param subject key of a deployment, or id of a GitHub delivery
/// @param request the request of a protection rule as JSON; empty for other kinds
/// @param deploymentKey key of the deployment; empty while a protection rule waits for one
/// @param revision number of messages so far
/// @param nextAt earliest time of the next attempt
/// @param decidedAt when the message was created
/// @param claimedUntil until when a process has claimed the callback for an attempt
/// @param remoteId the report's id at the target; empty if it has none
/// @param told word of the last delivered message; empty for none
/// @param toldAt when that message was delivered; null for none
/// @param answer the target's last answer, truncated and without secrets
public record Callback(
    String id,
    String target,
    Kind kind,
    String subject,
    String request,
    String service,
    String env,
    String deploymentKey,
    int revision,
    Message message,
    Status status,
    int attempts,
    Instant decidedAt,
    Instant nextAt,
    Instant claimedUntil,
    String remoteId,
    String told,
    @Nullable Instant toldAt,
    String answer) {
  /// A message to a target.
  ///
  /// @param word the outcome of the release in one word
  /// @param gateId the gate with that outcome; empty for none
  /// @param path path of the request below the target's address
  public record Message(String word, String gateId, String path, String body) {
    /// The empty message.
    public static final Message NONE = new Message("", "", "", "");
  }

  /// Returns the id of the callback that reports about a subject.
  public static String id(Kind kind, String target, String subject) {
    return kind.text() + ":" + target + ":" + subject;
  }

  /// Creates a callback without a message.
  public static Callback first(
      Kind kind,
      String target,
      String subject,
      String request,
      String service,
      String env,
      String deploymentKey,
      Instant now) {
    return new Callback(
        id(kind, target, subject),
        target,
        kind,
        subject,
        request,
        service,
        env,
        deploymentKey,
        0,
        Message.NONE,
        Status.WAITING,
        0,
        now,
        now,
        Instant.EPOCH,
        "",
        "",
        null,
        "");
  }

  /// Returns a copy in which a new message replaces the current one.
  public Callback withMessage(Message next, Instant now) {
    return copy(deploymentKey, revision + 1, next, Status.PENDING, 0, now, now);
  }

  /// Returns a copy with the deployment for which a protection rule was waiting.
  public Callback withDeployment(String key) {
    return copy(key, revision, message, status, attempts, decidedAt, nextAt);
  }

  private Callback copy(
      String key,
      int newRevision,
      Message newMessage,
      Status newStatus,
      int newAttempts,
      Instant newDecidedAt,
      Instant newNextAt) {
    return new Callback(
        id,
        target,
        kind,
        subject,
        request,
        service,
        env,
        key,
        newRevision,
        newMessage,
        newStatus,
        newAttempts,
        newDecidedAt,
        newNextAt,
        claimedUntil,
        remoteId,
        told,
        toldAt,
        answer);
  }

  /// A kind of report to a target.
  public enum Kind {
    /// An annotation in Grafana: the deployment is a region on panels.
    GRAFANA_ANNOTATION,
    /// A commit status at GitHub.
    GITHUB_STATUS,
    /// The answer to a deployment protection rule of GitHub.
    GITHUB_PROTECTION,
    /// A commit status at GitLab.
    GITLAB_STATUS;

    /// Returns the word for the kind in the API, the metrics and the store.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// Parses the word for a kind.
    ///
    /// @throws IllegalArgumentException if the word is unknown
    public static Kind parse(String text) {
      return Arrays.stream(values())
          .filter(kind -> kind.text().equals(text))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException(text + " is not a kind of callback"));
    }
  }

  /// The status of a callback.
  public enum Status {
    /// There is no message yet, because a protection rule waits for a verdict.
    WAITING,
    /// The message is not delivered yet.
    PENDING,
    /// The message is delivered.
    TOLD,
    /// The message was dropped, because a newer deployment of the same commit is reported instead.
    DROPPED,
    /// The target refused the message, or delivery failed for too long.
    FAILED;

    /// Returns the word for the status in the API.
    public String text() {
      return name().toLowerCase(Locale.ROOT);
    }

    /// Parses the word for a status.
    ///
    /// @throws IllegalArgumentException if the word is unknown
    public static Status parse(String text) {
      return Arrays.stream(values())
          .filter(status -> status.text().equals(text))
          .findFirst()
          .orElseThrow(() -> new IllegalArgumentException(text + " is not a status of a callback"));
    }
  }
}
