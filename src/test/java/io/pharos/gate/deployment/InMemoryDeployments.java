package io.pharos.gate.deployment;

import io.pharos.trouble.StoreUnavailableException;
import java.time.Instant;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A store of deployments in a map; `broken` makes every call fail like an unavailable store.
public final class InMemoryDeployments implements Deployments {
  private final Map<String, Deployment> byKey = new LinkedHashMap<>();
  public volatile boolean broken;

  @Override
  public synchronized PutOutcome put(Deployment deployment) {
    check();
    Deployment known = byKey.putIfAbsent(deployment.key(), deployment);
    if (known == null) {
      return new PutOutcome.Created(deployment);
    }
    return known.announcement().equals(deployment.announcement())
        ? new PutOutcome.Unchanged(known)
        : new PutOutcome.Conflict(known);
  }

  @Override
  public synchronized Optional<Deployment> find(String key) {
    check();
    return Optional.ofNullable(byKey.get(key));
  }

  @Override
  public synchronized Optional<Map<String, String>> stored(String key) {
    return find(key)
        .map(
            known ->
                Map.of(
                    "deployment_key", key,
                    "service", known.service(),
                    "env", known.env(),
                    "version", known.version(),
                    "announcement", known.announcement().toJson().toString(),
                    "started_at", known.startedAt().toString()));
  }

  @Override
  public synchronized FinishOutcome finish(String key, DeploymentStatus status, Instant at) {
    check();
    Deployment known = byKey.get(key);
    if (known == null) {
      return new FinishOutcome.NotFound();
    }
    if (known.status().isFinal()) {
      return known.status() == status
          ? new FinishOutcome.Unchanged(known)
          : new FinishOutcome.Conflict(known);
    }
    Deployment finished = known.finished(status, at);
    byKey.put(key, finished);
    return new FinishOutcome.Finished(finished);
  }

  @Override
  public synchronized List<Deployment> newest(String service, String env, int limit) {
    check();
    return byKey.values().stream()
        .filter(it -> service.isEmpty() || it.service().equals(service))
        .filter(it -> env.isEmpty() || it.env().equals(env))
        .sorted(
            Comparator.comparing(Deployment::startedAt).reversed().thenComparing(Deployment::key))
        .limit(limit)
        .toList();
  }

  private void check() {
    if (broken) {
      throw new StoreUnavailableException("the store is down", new RuntimeException("down"));
    }
  }
}
