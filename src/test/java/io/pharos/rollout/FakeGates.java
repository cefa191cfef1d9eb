package io.pharos.rollout;

import io.pharos.gate.GateState;
import io.pharos.gate.deployment.Deployment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// Gates with states that a test sets.
public final class FakeGates implements StepGates {
  public final Map<String, GateStatus> byKey = new LinkedHashMap<>();

  /// The state of a gate when it is used, if it differs from its previous state.
  final Map<String, GateStatus> whenUsed = new HashMap<>();

  final List<String> used = new ArrayList<>();
  Duration minSoak = Duration.ofSeconds(20);
  String refusal = "";

  @Override
  public void require(Deployment deployment) {}

  @Override
  public Opening open(String deploymentKey, String idempotencyKey) {
    if (!refusal.isEmpty()) {
      return new Opening.Refused(refusal);
    }
    byKey.putIfAbsent(idempotencyKey, new GateStatus(GateState.RUNNING, "not yet", false));
    return new Opening.Opened(idempotencyKey, minSoak);
  }

  @Override
  public Optional<GateStatus> find(String gate) {
    return Optional.ofNullable(byKey.get(gate));
  }

  @Override
  public Optional<GateStatus> use(String gate) {
    used.add(gate);
    GateStatus status = whenUsed.getOrDefault(gate, byKey.get(gate));
    byKey.put(gate, status);
    return Optional.ofNullable(status);
  }

  /// Sets the state of the newest gate.
  public void say(GateState state, String summary) {
    byKey.put(newest(), new GateStatus(state, summary, false));
  }

  void expire() {
    byKey.put(newest(), new GateStatus(GateState.PASS, "it was well", true));
  }

  String newest() {
    return List.copyOf(byKey.keySet()).getLast();
  }
}
