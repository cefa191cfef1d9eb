package io.pharos.callback;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// The stored callbacks, and what changed of releases since they were looked at. Safe for many
/// threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store can't answer.
public interface Callbacks {
  /// A change of a deployment or of one of its gates, written in the transaction that made it.
  record Change(long number, String deploymentKey) {}

  /// The changes that were not looked at, oldest first.
  List<Change> changes(int limit);

  /// Stores callbacks as they are to be told now and forgets the changes that they come of: all or
  /// nothing.
  ///
  /// @param callbacks each one revision after the stored one, or the first of its id
  /// @return whether it was done; false where somebody else was faster
  boolean plan(List<Callback> callbacks, List<Change> changes);

  Optional<Callback> find(String id);

  /// Stores a callback unless its id is there.
  ///
  /// @return whether it is new
  boolean add(Callback callback);

  /// Notes what deployment a callback is about that still waits.
  void relate(Callback callback);

  List<Callback> ofDeployment(String deploymentKey);

  /// Those that have nothing to tell yet, oldest first.
  List<Callback> waiting(int limit);

  /// Those that may be told now, oldest first.
  ///
  /// @param except targets that are to be left alone
  List<Callback> due(Instant now, Set<String> except, int limit);

  /// Takes a callback for one attempt to tell it, which is counted.
  ///
  /// @return the callback as taken; empty where somebody else has it, or there is a newer message
  Optional<Callback> claim(Callback callback, Instant now, Instant until);

  /// Stores what became of an attempt. A message that was decided meanwhile stays to be told.
  void finish(Callback attempted, Outcome outcome, Instant at);

  /// Lets go of what processes that are gone had claimed. For a store of one process alone.
  void releaseAll();

  /// The callbacks, those that were decided last first.
  ///
  /// @param status null for any
  List<Callback> newest(@Nullable CallbackStatus status, int limit);

  /// What a callback has told so far, oldest first.
  List<Entry> ledger(String id);

  /// How many there are that were not told, by target, kind and status.
  List<Count> open();

  /// One message that was told or given up.
  record Entry(
      String callbackId,
      int revision,
      String word,
      CallbackStatus status,
      int attempts,
      Instant decidedAt,
      Instant endedAt,
      String answer) {
    public Entry {
      requireNonNull(status, "status is null");
    }
  }

  /// How many callbacks stand alike.
  ///
  /// @param oldest when the oldest of them was decided
  record Count(
      String target, CallbackKind kind, CallbackStatus status, int count, Instant oldest) {}

  /// What became of an attempt.
  sealed interface Outcome {
    /// What came back, without secrets.
    String answer();

    /// The target took it.
    ///
    /// @param after [CallbackStatus#TOLD], or [CallbackStatus#WAITING] where there is more to tell
    record Told(String answer, String remoteId, CallbackStatus after) implements Outcome {}

    /// It is tried again.
    record Later(String answer, String remoteId, Instant nextAt) implements Outcome {}

    /// It is not tried again.
    record Failed(String answer) implements Outcome {}

    /// It is not told, since something newer is told in its place.
    record Dropped(String answer) implements Outcome {}

    /// It was not told, since it is not true any more.
    record Untrue(String answer) implements Outcome {}
  }
}
