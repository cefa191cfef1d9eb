package io.pharos.gate;

import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A store of gates in a map; `broken` makes every call fail like an unavailable store.
public final class InMemoryGates implements Gates {
  private final Map<String, GateRun> byId = new LinkedHashMap<>();
  private final Map<String, List<AuditRow>> audits = new LinkedHashMap<>();
  private final Map<String, List<GateFact>> facts = new LinkedHashMap<>();
  private final Map<String, List<GateOverride>> overrides = new LinkedHashMap<>();
  public volatile boolean broken;

  /// What happens before the next decision is recorded.
  Runnable beforeOverride = () -> {};

  @Override
  public synchronized CreateOutcome create(GateRun run, GateFact opened) {
    check();
    Optional<GateRun> known = findByKey(run.idempotencyKey());
    if (known.isPresent()) {
      return new CreateOutcome.Existing(known.get());
    }
    byId.put(run.id(), run);
    facts.put(run.id(), new ArrayList<>(List.of(opened)));
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
  public synchronized RecordOutcome record(GateRun after, AuditRow row, @Nullable GateFact fact) {
    if (isTaken(fact) || move(after, after.evaluations() - 1) == RecordOutcome.OVERTAKEN) {
      return RecordOutcome.OVERTAKEN;
    }
    audits.computeIfAbsent(row.gateId(), _ -> new ArrayList<>()).add(row);
    add(fact);
    return RecordOutcome.RECORDED;
  }

  @Override
  public synchronized RecordOutcome end(GateRun after, @Nullable GateFact fact) {
    if (isTaken(fact) || move(after, after.evaluations()) == RecordOutcome.OVERTAKEN) {
      return RecordOutcome.OVERTAKEN;
    }
    add(fact);
    return RecordOutcome.RECORDED;
  }

  @Override
  public synchronized RecordOutcome append(GateFact fact) {
    check();
    if (isTaken(fact)) {
      return RecordOutcome.OVERTAKEN;
    }
    add(fact);
    return RecordOutcome.RECORDED;
  }

  private boolean isTaken(@Nullable GateFact fact) {
    return fact != null && facts(fact.gateId()).size() >= fact.seq();
  }

  private void add(@Nullable GateFact fact) {
    if (fact != null) {
      facts.computeIfAbsent(fact.gateId(), _ -> new ArrayList<>()).add(fact);
    }
  }

  @Override
  public synchronized Optional<String> storedChecks(String gateId) {
    return find(gateId).map(GateRun::checksJson);
  }

  @Override
  public synchronized List<GateFact> facts(String gateId) {
    check();
    return List.copyOf(facts.getOrDefault(gateId, List.of()));
  }

  @Override
  public synchronized Optional<GateFact> lastFact(String gateId) {
    return facts(gateId).reversed().stream().findFirst();
  }

  @Override
  public synchronized List<GateFact> remarks(Collection<String> gateIds) {
    return gateIds.stream()
        .flatMap(id -> facts(id).stream())
        .filter(
            fact ->
                !List.of(GateFact.OPENED, GateFact.OBSERVED, GateFact.ENDED).contains(fact.kind()))
        .toList();
  }

  @Override
  public synchronized List<GateRun> decidedSince(Instant from, int limit) {
    check();
    return byId.values().stream()
        .filter(run -> run.decidedAt() != null && !run.decidedAt().isBefore(from))
        .sorted(Comparator.comparing(GateRun::decidedAt))
        .limit(limit)
        .toList();
  }

  /// Deletes a whole gate.
  public synchronized void delete(String gateId) {
    byId.remove(gateId);
    audits.remove(gateId);
    facts.remove(gateId);
  }

  /// Rewrites a whole gate as if another token had opened it, with a valid chain of facts.
  public synchronized void rewrite(String gateId, String openedBy) {
    GateRun run = byId.get(gateId);
    List<GateFact> chained = new ArrayList<>();
    for (GateFact fact : facts.get(gateId)) {
      String content =
          fact.content()
              .replace(
                  "\"opened_by\":\"" + run.openedBy() + "\"", "\"opened_by\":\"" + openedBy + "\"");
      chained.add(
          chained.isEmpty()
              ? GateFact.first(gateId, fact.kind(), fact.at(), content)
              : chained.getLast().next(fact.kind(), fact.at(), content));
    }
    facts.put(gateId, chained);
    byId.put(gateId, GateRunBuilder.of(run).openedBy(openedBy).build());
  }

  /// Removes the facts of a gate, as if an older version of Pharos had opened it.
  public synchronized void forgetFacts(String gateId) {
    facts.remove(gateId);
  }

  @Override
  public synchronized List<GateOverride> overrides(String gateId) {
    check();
    return List.copyOf(overrides.getOrDefault(gateId, List.of()));
  }

  @Override
  public RecordOutcome override(GateOverride override, @Nullable GateFact fact) {
    Runnable meanwhile = beforeOverride;
    beforeOverride = () -> {};
    meanwhile.run();
    return recorded(override, fact);
  }

  private synchronized RecordOutcome recorded(GateOverride override, @Nullable GateFact fact) {
    check();
    List<GateOverride> known = overrides.computeIfAbsent(override.gateId(), _ -> new ArrayList<>());
    if (isTaken(fact) || override.seq() != known.size() + 1) {
      return RecordOutcome.OVERTAKEN;
    }
    known.add(override);
    add(fact);
    return RecordOutcome.RECORDED;
  }

  /// Changes the reason of a decision without its chain.
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

  /// Changes a stored observation without its chain.
  synchronized void tamper(String gateId, int index, String from, String to) {
    AuditRow row = audits.get(gateId).get(index);
    audits
        .get(gateId)
        .set(
            index,
            new AuditRow(
                gateId, row.seq(), row.at(), row.observation().replace(from, to), row.chain()));
  }

  private void check() {
    if (broken) {
      throw new StoreUnavailableException("the store is down", new RuntimeException("down"));
    }
  }
}
