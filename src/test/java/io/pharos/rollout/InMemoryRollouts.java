package io.pharos.rollout;

import io.pharos.trouble.StoreUnavailableException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/// A store of rollouts in maps of encoded texts. `broken` makes calls fail like an unavailable
/// store.
public final class InMemoryRollouts implements Rollouts {
  private record Row(long version, String state, @Nullable String rollout) {}

  private final Map<List<String>, Row> sites = new TreeMap<>(Comparator.comparing(List::toString));
  private final Map<String, String> byId = new LinkedHashMap<>();
  private final List<RolloutEvent> events = new ArrayList<>();
  public BooleanSupplier broken = () -> false;

  @Override
  public synchronized Optional<RolloutSite> site(String service, String env) {
    check();
    return Optional.ofNullable(sites.get(List.of(service, env)))
        .map(
            row ->
                RolloutCodec.site(
                    service,
                    env,
                    row.version(),
                    row.state(),
                    row.rollout() == null ? null : RolloutCodec.rollout(byId.get(row.rollout()))));
  }

  @Override
  public synchronized List<RolloutSite> underWay() {
    check();
    return sites.keySet().stream()
        .map(key -> site(key.getFirst(), key.getLast()).orElseThrow())
        .filter(site -> site.underWay() != null)
        .toList();
  }

  @Override
  public synchronized Optional<Rollout> find(String id) {
    check();
    return Optional.ofNullable(byId.get(id)).map(RolloutCodec::rollout);
  }

  @Override
  public synchronized Optional<Rollout> ofDeployment(String deploymentKey) {
    check();
    return byId.values().stream()
        .map(RolloutCodec::rollout)
        .filter(rollout -> rollout.order().deployment().equals(deploymentKey))
        .findFirst();
  }

  @Override
  public synchronized List<Rollout> newest(
      @Nullable String service, @Nullable String env, int limit) {
    check();
    return byId.values().stream()
        .map(RolloutCodec::rollout)
        .filter(it -> service == null || it.order().service().equals(service))
        .filter(it -> env == null || it.order().env().equals(env))
        .sorted(Comparator.comparing((Rollout it) -> it.order().startedAt()).reversed())
        .limit(limit)
        .toList();
  }

  @Override
  public synchronized List<RolloutEvent> events(String id) {
    check();
    return events.stream().filter(event -> event.rollout().equals(id)).toList();
  }

  @Override
  public synchronized Saved save(RolloutSite after) {
    check();
    var key = List.of(after.service(), after.env());
    Row row = sites.get(key);
    if ((row == null ? 0 : row.version()) != after.version()) {
      return Saved.OVERTAKEN;
    }
    Rollout rollout = after.rollout();
    if (rollout != null) {
      boolean taken =
          ofDeployment(rollout.order().deployment())
              .filter(it -> !it.id().equals(rollout.id()))
              .isPresent();
      if (taken) {
        return Saved.OVERTAKEN;
      }
      byId.put(rollout.id(), RolloutCodec.encode(rollout));
      events.addAll(rollout.newEvents());
    }
    sites.put(
        key,
        new Row(
            after.version() + 1,
            RolloutCodec.encode(after),
            rollout == null ? null : rollout.id()));
    return Saved.SAVED;
  }

  /// Returns the newest rollout, also while the store is unavailable.
  synchronized Rollout last() {
    return RolloutCodec.rollout(List.copyOf(byId.values()).getLast());
  }

  private void check() {
    if (broken.getAsBoolean()) {
      throw new StoreUnavailableException("the store is down", new RuntimeException("down"));
    }
  }
}
