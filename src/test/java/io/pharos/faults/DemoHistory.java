package io.pharos.faults;

import io.pharos.alerting.outbox.VirtualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;

/// Days of the healthy demo in a store, for pages that show how it was before.
public final class DemoHistory {
  /// A longer stride would leave gaps, which Pharos would try to fill.
  private static final Duration STRIDE = Duration.ofSeconds(10);

  private DemoHistory() {}

  /// Writes the samples of a time of health that ends now.
  ///
  /// @param store the folder of the samples; Pharos' own is `tsdb` below its `--storage.path`
  /// @param length how long before now it begins
  public static void write(Path store, Duration length) throws IOException {
    Instant end = Instant.now();
    Duration begin = Duration.between(VirtualTime.START, end.minus(length));
    try (var stack = new VirtualStack(store, begin, "30s")) {
      stack.pass(length, STRIDE);
      // What passed meanwhile, until nothing is missing.
      for (Duration more = since(end); more.compareTo(STRIDE) > 0; more = since(end)) {
        stack.pass(more, STRIDE);
        end = end.plus(more);
      }
    }
  }

  private static Duration since(Instant end) {
    return Duration.between(end, Instant.now());
  }
}
