package io.pharos.alerting.outbox;

import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// Tells which groups this process owns if several replicas share the work. Groups are divided into
/// shards.
public interface ShardOwnership {
  /// Number of shards. It is the same for all replicas and never changes.
  int SHARDS = 64;

  /// The ownership of a single process, which owns all shards.
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

  /// Whether this process owns a shard, as far as it knows.
  boolean owns(int shard);

  /// Whether no other replica can own the shard now. A stored delivery may be sent only then.
  boolean isCertain(int shard);

  /// Whether there are other replicas.
  default boolean isShared() {
    return true;
  }

  /// Returns the shard of a group.
  static int shard(String groupKey) {
    var crc = new CRC32C();
    crc.update(groupKey.getBytes(StandardCharsets.UTF_8));
    return (int) (crc.getValue() % SHARDS);
  }

  /// Whether this process owns a group, as far as it knows.
  default boolean owns(String groupKey) {
    return owns(shard(groupKey));
  }
}
