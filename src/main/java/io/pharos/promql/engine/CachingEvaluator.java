package io.pharos.promql.engine;

import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.cache.EvaluationCache;
import io.pharos.promql.engine.cache.SharedValues;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryResult;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;

/// An [Engine] with a cache for the repeated queries of one caller. Thread-safe. A query that
/// starts while another query uses the cache is evaluated without the cache.
final class CachingEvaluator implements Evaluator {
  private final Engine engine;
  private final ReentrantLock lock = new ReentrantLock();
  private final EvaluationCache cache;
  private final AtomicLong rounds = new AtomicLong();
  private volatile long round = SharedValues.NONE;
  private boolean forgotten;

  CachingEvaluator(Engine engine, EvaluationCache cache) {
    this.engine = engine;
    this.cache = cache;
  }

  @Override
  public QueryResult evaluate(Query query) {
    boolean isCacheable =
        query.tree().isPresent() && query.span() instanceof Query.At && query.bounds().isEmpty();
    if (!isCacheable || !lock.tryLock()) {
      return engine.evaluate(query);
    }
    try {
      cache.shared().round(round);
      return forgotten ? engine.evaluate(query) : engine.evaluate(query, cache);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public Evaluator keeping(List<Expr> expressions) {
    return engine.keeping(expressions);
  }

  @Override
  public void begin() {
    round = rounds.incrementAndGet();
  }

  /* Does not wait for a query that still runs after its timeout. In that case no values are
   * shared until the next round. */
  @Override
  public void wrote(Set<String> metrics) {
    if (!lock.tryLock()) {
      round = SharedValues.NONE;
      return;
    }
    try {
      cache.shared().wrote(metrics);
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void end() {
    round = SharedValues.NONE;
    if (lock.tryLock()) {
      try {
        cache.shared().round(SharedValues.NONE);
      } finally {
        lock.unlock();
      }
    }
  }

  @Override
  public void forget() {
    lock.lock();
    try {
      forgotten = true;
      cache.forget();
    } finally {
      lock.unlock();
    }
  }
}
