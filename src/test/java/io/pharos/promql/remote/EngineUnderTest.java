package io.pharos.promql.remote;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.Evaluator;
import io.pharos.storage.Appendable;
import io.pharos.storage.InMemoryStorage;

/// An engine and the way by which samples get into it.
public interface EngineUnderTest extends AutoCloseable {
  Evaluator evaluator();

  /// Where scrapes and rules write to.
  Appendable samples();

  /// Returns when queries see what was written.
  void settle();

  /// Whether a query sees what was written just before, without [#settle].
  boolean readsItsWrites();

  @Override
  void close();

  /// Pharos' own engine on a store in memory.
  static EngineUnderTest embedded() {
    var storage = new InMemoryStorage();
    var engine =
        new Engine(storage, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
    return new EngineUnderTest() {
      @Override
      public Evaluator evaluator() {
        return engine;
      }

      @Override
      public Appendable samples() {
        return storage;
      }

      @Override
      public void settle() {}

      @Override
      public boolean readsItsWrites() {
        return true;
      }

      @Override
      public void close() {}
    };
  }
}
