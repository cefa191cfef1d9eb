package io.pharos.alerting.outbox;

import java.util.Set;

/// Another replica owns the shards now, so this replica's decisions for them are void.
public final class FencedException extends RuntimeException {
  private final transient Set<Integer> shards;

  public FencedException(Set<Integer> shards) {
    super("another replica owns the shards " + shards);
    this.shards = Set.copyOf(shards);
  }

  /// The shards that another replica owns.
  public Set<Integer> shards() {
    return shards;
  }
}
