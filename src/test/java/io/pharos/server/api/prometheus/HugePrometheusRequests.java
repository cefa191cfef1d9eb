package io.pharos.server.api.prometheus;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.ingest.exposition.Format;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.remote.write.WriteReceiver;
import io.pharos.storage.InMemoryStorage;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;

/// Passes texts to the request parsers of Prometheus' API.
public final class HugePrometheusRequests {
  private HugePrometheusRequests() {}

  public static void accept(String text) {
    Format.prefersProtobuf(text);
  }

  /// Version 1, compressed.
  public static void remoteWrite(String text) {
    byte[] message = Snappy.encode(text.getBytes(StandardCharsets.UTF_8));
    new WriteReceiver(
            new InMemoryStorage(),
            new ReceivedMetadata(),
            InstantSource.system(),
            MemoryBounds.unbounded(),
            new SimpleMeterRegistry())
        .receive("ann", "application/x-protobuf", "snappy", message);
  }
}
