package io.pharos.release.gate;

import io.pharos.trouble.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gates in a map; `broken` makes every call fail like a store that is down.
public final class InMemoryGates implements Gates {
  private final Map<String, GateRun> byId = new LinkedHashMap<>();
  private final Map<String, List<AuditRow>> audits = new LinkedHashMap<>();
  private final Map<String, List<GateOverride>> overrides = new LinkedHashMap<>();
  public volatile boolean broken;

  @Override
  public synchronized CreateOutcome create(GateRun run) {
    check();
    Optional<GateRun> known = findByKey(run.idempotencyKey());
    if (known.isPresent()) {
      return new CreateOutcome.Existing(known.get());
    }
    byId.put(run.id(), run);
    return new CreateOutcome.Created(run);
  }

  @Override
  public synchronized Optional<GateRun> find(String id) {
    check();
    return Optional.ofNullable(byId.get(id));
  }

  @Override
  public synchronized Optional<GateRun> findByKey(String idempotencyKey) {
    check();
    return byId.values().stream()
        .filter(run -> run.idempotencyKey().equals(idempotencyKey))
        .findFirst();
  }

  @Override
  public synchronized List<GateRun> observed() {
    check();
    return byId.values().stream().filter(GateRun::isObserved).toList();
  }

  @Override
  public synchronized List<GateRun> ofService(String service, int limit) {
    check();
    return byId.values().stream()
        .filter(run -> run.service().equals(service))
        .sorted(Comparator.comparing(GateRun::openedAt).reversed().thenComparing(GateRun::id))
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<GateRun> ofDeployment(String deploymentKey) {
    check();
    return byId.values().stream()
        .filter(run -> run.deploymentKey().equals(deploymentKey))
        .sorted(Comparator.comparing(GateRun::openedAt).reversed().thenComparing(GateRun::id))
        .toList();
  }

  @Override
  public synchronized List<AuditRow> audit(String gateId) {
    check();
    return List.copyOf(audits.getOrDefault(gateId, List.of()));
  }

  @Override
  public synchronized RecordOutcome record(GateRun after, AuditRow row) {
    if (move(after, after.evaluations() - 1) == RecordOutcome.OVERTAKEN) {
      return RecordOutcome.OVERTAKEN;
    }
    audits.computeIfAbsent(row.gateId(), _ -> new ArrayList<>()).add(row);
    return RecordOutcome.RECORDED;
  }

  @Override
  public synchronized RecordOutcome end(GateRun after) {
    return move(after, after.evaluations());
  }

  @Override
  public synchronized List<GateOverride> overrides(String gateId) {
    check();
    return List.copyOf(overrides.getOrDefault(gateId, List.of()));
  }

  @Override
  public synchronized RecordOutcome override(GateOverride override) {
    check();
    List<GateOverride> known = overrides.computeIfAbsent(override.gateId(), _ -> new ArrayList<>());
    if (override.seq() != known.size() + 1) {
      return RecordOutcome.OVERTAKEN;
    }
    known.add(override);
    return RecordOutcome.RECORDED;
  }

  /// Changes why somebody decided behind everybody's back.
  synchronized void tamperReason(String gateId, String reason) {
    overrides
        .get(gateId)
        .replaceAll(
            known ->
                new GateOverride(
                    gateId,
                    known.seq(),
                    known.outcome(),
                    reason,
                    known.by(),
                    known.at(),
                    known.state(),
                    known.evaluations(),
                    known.chain()));
  }

  private RecordOutcome move(GateRun after, int evaluationsBefore) {
    check();
    GateRun known = byId.get(after.id());
    if (known == null || !known.isObserved() || known.evaluations() != evaluationsBefore) {
      return RecordOutcome.OVERTAKEN;
    }
    byId.put(after.id(), after);
    return RecordOutcome.RECORDED;
  }

  /// Changes a stored observation behind everybody's back.
  synchronized void tamper(String gateId, int index, String from, String to) {
    AuditRow row = audits.get(gateId).get(index);
    audits
        .get(gateId)
        .set(
            index,
            new AuditRow(
                gateId,
                row.seq(),
                row.atMillis(),
                row.observation().replace(from, to),
                row.chain()));
  }

  private void check() {
    if (broken) {
      throw new StoreUnavailableException("the store is down", new RuntimeException("down"));
    }
  }
}
