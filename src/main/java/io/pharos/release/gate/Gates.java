package io.pharos.release.gate;

import java.util.List;
import java.util.Optional;

/// The stored gates and their audit trails. Safe for many threads and processes.
///
/// Every method throws [io.pharos.trouble.StoreUnavailableException] when the store can't answer.
/// Times are kept to the millisecond.
public interface Gates {
  /// What became of a gate that was created.
  sealed interface CreateOutcome {
    record Created(GateRun run) implements CreateOutcome {}

    /// A gate with this idempotency key was there; it stays as it is.
    record Existing(GateRun run) implements CreateOutcome {}
  }

  /// What became of a step of a gate.
  enum RecordOutcome {
    RECORDED,
    /// The gate is no longer observed at the step before this one: someone else moved it.
    OVERTAKEN
  }

  CreateOutcome create(GateRun run);

  Optional<GateRun> find(String id);

  /// The gate with an idempotency key.
  Optional<GateRun> findByKey(String idempotencyKey);

  /// Every gate that is observed, oldest first: those that run, and passes that may still be used.
  List<GateRun> observed();

  /// The gates of a service, newest first.
  List<GateRun> ofService(String service, int limit);

  /// The gates of a deployment, newest first.
  List<GateRun> ofDeployment(String deploymentKey);

  /// The audit trail of a gate in order.
  List<AuditRow> audit(String gateId);

  /// Appends an observation and stores where the gate stands after it, both or neither.
  ///
  /// @param after its `evaluations` is the row's number
  RecordOutcome record(GateRun after, AuditRow row);

  /// Stores the end of an observed gate.
  RecordOutcome end(GateRun after);

  /// What people decided in place of a gate, in order.
  List<GateOverride> overrides(String gateId);

  /// Appends a decision of a person; nothing of the gate changes. OVERTAKEN: its number is taken.
  RecordOutcome override(GateOverride override);
}
