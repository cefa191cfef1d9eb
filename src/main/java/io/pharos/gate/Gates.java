package io.pharos.gate;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The store of gates and their audit trails. Safe for many threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store does not
/// answer. Times are stored in milliseconds.
public interface Gates {
  /// The outcome of [#create].
  sealed interface CreateOutcome {
    record Created(GateRun run) implements CreateOutcome {}

    /// A gate with this idempotency key existed; it was not changed.
    record Existing(GateRun run) implements CreateOutcome {}
  }

  /// The outcome of a write.
  enum RecordOutcome {
    RECORDED,
    /// Another process changed the gate first; nothing was written.
    OVERTAKEN
  }

  /// Stores a gate and its first fact, both or neither.
  CreateOutcome create(GateRun run, GateFact opened);

  /// Returns the gate with this id; empty if there is none.
  Optional<GateRun> find(String id);

  /// Returns the gate with an idempotency key; empty if there is none.
  Optional<GateRun> findByKey(String idempotencyKey);

  /// Returns all gates that are still observed, oldest first: running gates and valid passes.
  List<GateRun> observed();

  /// Returns the gates of a service, newest first.
  List<GateRun> ofService(String service, int limit);

  /// Returns the gates of a deployment, newest first.
  List<GateRun> ofDeployment(String deploymentKey);

  /// Returns the audit trail of a gate in order.
  List<AuditRow> audit(String gateId);

  /// Appends an observation and stores the gate's new state, both or neither.
  ///
  /// @param after the new state; its `evaluations` equals the row's number
  /// @param fact records the change; null if the gate has no facts
  RecordOutcome record(GateRun after, AuditRow row, @Nullable GateFact fact);

  /// Stores the state of a gate that is no longer observed and the fact that records it, both or
  /// neither.
  ///
  /// @param fact records the end; null if the gate has no facts
  RecordOutcome end(GateRun after, @Nullable GateFact fact);

  /// Returns the checks of a gate, byte for byte as stored.
  Optional<String> storedChecks(String gateId);

  /// Returns the facts of a gate in order; none if an older version of Pharos opened it.
  List<GateFact> facts(String gateId);

  /// Returns the last fact of a gate; empty if it has none.
  Optional<GateFact> lastFact(String gateId);

  /// Returns the facts, in order, that record events other than observations and the end of a gate,
  /// such as overrides and regrets.
  List<GateFact> remarks(Collection<String> gateIds);

  /// Appends a fact that records an event other than an observation or the end of a gate. Returns
  /// OVERTAKEN when a fact with the same number exists.
  RecordOutcome append(GateFact fact);

  /// Returns the gates whose state became final since a time, the earliest first.
  List<GateRun> decidedSince(Instant from, int limit);

  /// Returns people's decisions in place of a gate, in order.
  List<GateOverride> overrides(String gateId);

  /// Appends a person's decision; the gate itself is not changed. Returns OVERTAKEN when a decision
  /// or fact with the same number exists.
  ///
  /// @param fact records the decision; null if the gate has no facts
  RecordOutcome override(GateOverride override, @Nullable GateFact fact);
}
