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

/// Gates that say what a test wants.
public final class FakeGates implements StepGates {
  public final Map<String, Look> byKey = new LinkedHashMap<>();

  /// What a gate says once it is used, where that differs from what it said before.
  final Map<String, Look> whenUsed = new HashMap<>();

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
    byKey.putIfAbsent(idempotencyKey, new Look(GateState.RUNNING, "not yet", false));
    return new Opening.Opened(idempotencyKey, minSoak);
  }

  @Override
  public Optional<Look> look(String gate) {
    return Optional.ofNullable(byKey.get(gate));
  }

  @Override
  public Optional<Look> use(String gate) {
    used.add(gate);
    Look look = whenUsed.getOrDefault(gate, byKey.get(gate));
    byKey.put(gate, look);
    return Optional.ofNullable(look);
  }

  /// What the newest gate says from now on.
  void say(GateState state, String summary) {
    byKey.put(newest(), new Look(state, summary, false));
  }

  void expire() {
    byKey.put(newest(), new Look(GateState.PASS, "it was well", true));
  }

  String newest() {
    return List.copyOf(byKey.keySet()).getLast();
  }
}
