package io.pharos.callback;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The store of callbacks, and of changes of releases that are not handled yet. Safe for many
/// threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] if the store does not respond.
public interface Callbacks {
  /// A record that a deployment or one of its gates changed. It is stored in the same transaction
  /// as the change.
  record Change(long number, String deploymentKey) {}

  /// Returns changes that are not handled yet, oldest first.
  List<Change> changes(int limit);

  /// Stores callbacks with new messages and removes the changes that caused them, all or nothing.
  ///
  /// @param callbacks new callbacks, and callbacks whose revision is one higher than the stored
  ///   revision
  /// @return false if nothing was written, because another process was first
  boolean plan(List<Callback> callbacks, List<Change> changes);

  /// Returns a callback; empty if there is none.
  Optional<Callback> find(String id);

  /// Stores a callback unless a callback with the same id exists.
  ///
  /// @return whether it was stored
  boolean add(Callback callback);

  /// Stores the deployment that was found for a waiting callback.
  void relate(Callback callback);

  /// Returns all callbacks about a deployment.
  List<Callback> ofDeployment(String deploymentKey);

  /// Returns callbacks that have no message yet, oldest first.
  List<Callback> waiting(int limit);

  /// Returns callbacks whose messages are due, oldest first.
  ///
  /// @param except targets whose callbacks are omitted
  List<Callback> due(Instant now, Set<String> except, int limit);

  /// Claims a callback for one attempt, and counts the attempt.
  ///
  /// @return the claimed callback; empty if another process has claimed it or a newer message
  ///   exists
  Optional<Callback> claim(Callback callback, Instant now, Instant until);

  /// Stores the outcome of an attempt. A newer message stays pending.
  void finish(Callback attempted, Outcome outcome, Instant at);

  /// Releases all claims, because their processes are dead. Only for a store of a single process.
  void releaseAll();

  /// Returns callbacks with the newest messages first.
  ///
  /// @param status status of the callbacks; null for any
  List<Callback> newest(Callback.@Nullable Status status, int limit);

  /// Returns the delivered and the given-up messages of a callback, oldest first.
  List<Entry> ledger(String id);

  /// Counts undelivered callbacks by target, kind and status.
  List<Count> open();

  /// One message that was delivered or given up.
  record Entry(
      String callbackId,
      int revision,
      String word,
      Callback.Status status,
      int attempts,
      Instant decidedAt,
      Instant endedAt,
      String answer) {}

  /// The number of callbacks with the same target, kind and status.
  ///
  /// @param oldest when the oldest message was created
  record Count(
      String target, Callback.Kind kind, Callback.Status status, int count, Instant oldest) {}

  /// The outcome of an attempt.
  sealed interface Outcome {
    /// Returns the target's answer or the reason of the failure, without secrets.
    String answer();

    /// The target accepted the message.
    ///
    /// @param after [Callback.Status#TOLD], or [Callback.Status#WAITING] if another message follows
    record Told(String answer, String remoteId, Callback.Status after) implements Outcome {}

    /// The attempt is repeated later.
    record Later(String answer, String remoteId, Instant nextAt) implements Outcome {}

    /// The message is given up.
    record Failed(String answer) implements Outcome {}

    /// The message is dropped, because a newer deployment is reported instead.
    record Dropped(String answer) implements Outcome {}

    /// The message is dropped because it is no longer true.
    record Untrue(String answer) implements Outcome {}
  }
}
