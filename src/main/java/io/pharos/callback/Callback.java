package io.pharos.callback;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import org.jspecify.annotations.Nullable;

/// What one target is told of one release: always the newest state of it, as with a status lamp.
/// What was not told yet is replaced by what is newer.
///
/// @param id made of kind, target and subject, so that there is one for each
/// @param target the name in `callbacks.yml`
/// @param subject the key of a deployment, or the id of a delivery by GitHub
/// @param request what a protection rule asked, as JSON; empty for other kinds
/// @param deploymentKey empty as long as a protection rule waits for one
/// @param revision how many messages there were to be told so far
/// @param message what is to be told, or was
/// @param attempts how often this message was begun to be told
/// @param decidedAt when this message was decided
/// @param nextAt before it no attempt is made
/// @param claimedUntil until then whoever makes an attempt has it for himself
/// @param remoteId what the target calls it; empty if it does not, or does not know it
/// @param told the word of the message that the target took last; empty for none
/// @param answer what came back last, shortened and without secrets
public record Callback(
    String id,
    String target,
    CallbackKind kind,
    String subject,
    String request,
    String service,
    String env,
    String deploymentKey,
    int revision,
    Message message,
    CallbackStatus status,
    int attempts,
    Instant decidedAt,
    Instant nextAt,
    Instant claimedUntil,
    String remoteId,
    String told,
    @Nullable Instant toldAt,
    String answer) {
  public Callback {
    requireNonNull(id, "id is null");
    requireNonNull(kind, "kind is null");
    requireNonNull(message, "message is null");
    requireNonNull(status, "status is null");
    requireNonNull(decidedAt, "decidedAt is null");
    requireNonNull(nextAt, "nextAt is null");
    requireNonNull(claimedUntil, "claimedUntil is null");
  }

  /// What is to be told.
  ///
  /// @param word how the release stands, in one word
  /// @param gateId the gate that says so; empty for none
  /// @param path where it goes below the target's address
  /// @param body JSON
  public record Message(String word, String gateId, String path, String body) {
    /// Nothing yet.
    public static final Message NONE = new Message("", "", "", "");

    public Message {
      requireNonNull(word, "word is null");
      requireNonNull(gateId, "gateId is null");
      requireNonNull(path, "path is null");
      requireNonNull(body, "body is null");
    }
  }

  /// The id of the callback about a subject.
  public static String id(CallbackKind kind, String target, String subject) {
    return kind.text() + ":" + target + ":" + subject;
  }

  /// A callback that has nothing to tell yet.
  public static Callback first(
      CallbackKind kind,
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
        CallbackStatus.WAITING,
        0,
        now,
        now,
        Instant.EPOCH,
        "",
        "",
        null,
        "");
  }

  /// The callback with another message to tell, in the place of the one before.
  public Callback telling(Message next, Instant now) {
    return new Callback(
        id,
        target,
        kind,
        subject,
        request,
        service,
        env,
        deploymentKey,
        revision + 1,
        next,
        CallbackStatus.PENDING,
        0,
        now,
        now,
        claimedUntil,
        remoteId,
        told,
        toldAt,
        answer);
  }

  /// The callback of a protection rule once the deployment is known that it is about.
  public Callback about(String key) {
    return new Callback(
        id,
        target,
        kind,
        subject,
        request,
        service,
        env,
        key,
        revision,
        message,
        status,
        attempts,
        decidedAt,
        nextAt,
        claimedUntil,
        remoteId,
        told,
        toldAt,
        answer);
  }
}
