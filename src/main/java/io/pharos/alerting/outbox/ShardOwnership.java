package io.pharos.alerting.outbox;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// Which groups this process looks after, where several share the work. Groups are dealt out in
/// shards.
public interface ShardOwnership {
  /// How many shards there are; the same for all replicas, for ever.
  int SHARDS = 64;

  /// One process alone.
  ShardOwnership ALL =
      new ShardOwnership() {
        @Override
        public boolean owns(int shard) {
          return true;
        }

        @Override
        public boolean isCertain(int shard) {
          return true;
        }

        @Override
        public boolean isShared() {
          return false;
        }
      };

  /// Whether this process looks after a shard, as far as it knows.
  boolean owns(int shard);

  /// Whether no other can look after the shard now: only then a stored delivery may be sent.
  boolean isCertain(int shard);

  /// Whether there are others at all.
  default boolean isShared() {
    return true;
  }

  /// The shard of a group.
  static int shard(String groupKey) {
    var crc = new CRC32C();
    crc.update(groupKey.getBytes(StandardCharsets.UTF_8));
    return (int) (crc.getValue() % SHARDS);
  }

  default boolean owns(String groupKey) {
    return owns(shard(groupKey));
  }
}
