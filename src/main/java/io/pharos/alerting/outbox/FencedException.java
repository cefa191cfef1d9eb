package io.pharos.alerting.outbox;

import java.util.Set;

/// Shards belong to another replica now: what this one decided for them is void.
public final class FencedException extends RuntimeException {
  private final transient Set<Integer> shards;

  public FencedException(Set<Integer> shards) {
    super("another replica looks after the shards " + shards);
    this.shards = Set.copyOf(shards);
  }

  public Set<Integer> shards() {
    return shards;
  }
}
