package io.pharos.gate;

import java.time.Instant;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

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

  /// Stores a gate with its first fact, both or neither.
  CreateOutcome create(GateRun run, GateFact opened);

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

  /// Appends an observation and stores where the gate stands after it, all or nothing.
  ///
  /// @param after its `evaluations` is the row's number
  /// @param fact that it moved; null where its first fact is not known
  RecordOutcome record(GateRun after, AuditRow row, @Nullable GateFact fact);

  /// Stores the end of an observed gate, all or nothing.
  ///
  /// @param fact that it ended; null where its first fact is not known
  RecordOutcome end(GateRun after, @Nullable GateFact fact);

  /// The checks of a gate, byte for byte as they are stored.
  Optional<String> storedChecks(String gateId);

  /// The facts of a gate in order; none where an earlier Pharos opened it.
  List<GateFact> facts(String gateId);

  /// The last fact of a gate.
  Optional<GateFact> lastFact(String gateId);

  /// What was added to these gates beside their own course, as overrides and regrets are, in order.
  List<GateFact> remarks(Collection<String> gateIds);

  /// Appends a fact beside the course of a gate; overtaken when another has its number.
  RecordOutcome append(GateFact fact);

  /// The gates that were decided from a time on, the first decided first.
  List<GateRun> decidedSince(Instant from, int limit);

  /// What people decided in place of a gate, in order.
  List<GateOverride> overrides(String gateId);

  /// Appends a decision of a person; nothing of the gate changes. OVERTAKEN: its number is taken.
  ///
  /// @param fact that it was made; null where the gate's first fact is not known
  RecordOutcome override(GateOverride override, @Nullable GateFact fact);
}
