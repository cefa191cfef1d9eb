package io.pharos.promql.engine;

import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import java.util.concurrent.locks.ReentrantLock;

/// An [Engine] that keeps things between the evaluations of one asker. Safe for many threads, but
/// one that comes while another is being answered is answered without what is kept.
final class KeepingEvaluator implements Evaluator {
  private final Engine engine;
  private final ReentrantLock lock = new ReentrantLock();
  private final Kept kept;
  private boolean forgotten;

  KeepingEvaluator(Engine engine, Kept kept) {
    this.engine = engine;
    this.kept = kept;
  }

  @Override
  public QueryResult evaluate(Query query) {
    boolean steady =
        query.tree().isPresent() && query.span() instanceof Query.At && query.bounds().isEmpty();
    if (!steady || !lock.tryLock()) {
      return engine.evaluate(query);
    }
    try {
      return forgotten ? engine.evaluate(query) : engine.evaluate(query, kept);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Evaluator keeping() {
    return engine.keeping();
  }

  @Override
  public void forget() {
    lock.lock();
    try {
      forgotten = true;
      kept.forget();
    } finally {
      lock.unlock();
    }
  }
}
