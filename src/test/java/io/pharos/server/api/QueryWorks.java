package io.pharos.server.api;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.work.WorkPool;
import java.time.Duration;
import java.util.function.LongSupplier;

/// Creates query work for tests, without limits.
public final class QueryWorks {
  private QueryWorks() {}

  public static QueryWork roomy() {
    return roomy(System::nanoTime);
  }

  public static QueryWork roomy(LongSupplier nanoTime) {
    return new QueryWork(
        new WorkPool("queries", new WorkPool.Size(4, 100), new SimpleMeterRegistry()),
        Duration.ofMinutes(2),
        nanoTime);
  }
}
