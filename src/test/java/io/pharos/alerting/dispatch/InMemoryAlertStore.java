package io.pharos.alerting.dispatch;

import io.pharos.alerting.alert.Fingerprint;
import io.pharos.alerting.alert.TrackedAlert;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/// An in-memory alert store that can be made to fail.
final class InMemoryAlertStore implements AlertStore {
  private final Map<Fingerprint, StoredAlert> alerts = new LinkedHashMap<>();
  private Instant aliveAt = Instant.EPOCH;
  boolean failing;

  @Override
  public CompletableFuture<Void> save(Collection<TrackedAlert> saved) {
    if (failing) {
      return CompletableFuture.failedFuture(new IllegalStateException("the database is away"));
    }
    saved.forEach(alert -> alerts.put(alert.fingerprint(), new StoredAlert(alert, false)));
    return CompletableFuture.completedFuture(null);
  }

  @Override
  public void checkpoint(
      Instant now,
      Collection<TrackedAlert> renewed,
      Collection<Fingerprint> settled,
      Collection<Fingerprint> forgotten) {
    save(renewed).join();
    settled.forEach(
        fingerprint ->
            alerts.computeIfPresent(
                fingerprint, (_, stored) -> new StoredAlert(stored.alert(), true)));
    forgotten.forEach(alerts::remove);
    aliveAt = now;
  }

  @Override
  public Stored load() {
    if (failing) {
      throw new IllegalStateException("the database is away");
    }
    return new Stored(List.copyOf(alerts.values()), aliveAt);
  }
}
