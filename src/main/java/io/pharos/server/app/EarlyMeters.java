package io.pharos.server.app;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.composite.CompositeMeterRegistry;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;

/// A registry for what begins before the service has one. Its meters go on in that one, with what
/// was counted until then.
final class EarlyMeters {
  private final CompositeMeterRegistry registry = new CompositeMeterRegistry();
  private final SimpleMeterRegistry first = new SimpleMeterRegistry();

  EarlyMeters() {
    registry.add(first);
  }

  /// The registry, which stays the one of those who were given it.
  MeterRegistry registry() {
    return registry;
  }

  /// Has the meters in another registry too, once. Nothing may count meanwhile.
  void handOver(MeterRegistry other) {
    registry.add(other);
    for (Meter meter : first.getMeters()) {
      if (meter instanceof Counter counter && counter.count() > 0) {
        Meter.Id id = counter.getId();
        Counter.builder(id.getName())
            .tags(id.getTags())
            .description(id.getDescription())
            .register(other)
            .increment(counter.count());
      }
    }
    registry.remove(first);
    first.close();
  }
}
