package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.pharos.cli.serve.QueryOptions;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.dashboards.DashboardReading.QuerySources;
import io.pharos.dashboards.LokiClient;
import io.pharos.http.OutgoingClient;
import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.Cancellation;
import io.pharos.limits.work.CancelledException;
import io.pharos.limits.work.WorkPool;
import io.pharos.model.BaseUrl;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.remote.WarmUpEvaluator;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.remote.write.RemoteWriter;
import io.pharos.rules.RuleContext;
import io.pharos.storage.Appendable;
import io.pharos.storage.Queryable;
import io.pharos.tsdb.Tsdb;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;

/// Builds the evaluators of queries, embedded or remote, and the store for the series that rules
/// record.
final class EngineAssembly {
  /// Maximum number of waiting queries of rules and gates. This number is never reached, because
  /// each rule group and gate waits for one query at a time.
  private static final int MAX_WAITING_RULE_QUERIES = 100_000;

  private static final Duration REMOTE_WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final Foundation base;

  /// The threads that run queries of people and dashboards.
  final WorkPool queries;

  /// The evaluator of queries that run on [#queries].
  final Evaluator evaluator;

  /// The evaluator of rules and gates. An embedded engine runs their queries on separate threads,
  /// so that dashboards can't delay them.
  final Evaluator ruleEvaluator;

  /// Returns an evaluator of rules over another store than the embedded one, on the same threads.
  final Function<Queryable, Evaluator> over;

  /// The evaluator of log rules.
  final Evaluator logs;

  /// The store that receives the series of recording rules.
  final Appendable results;

  /// @param step default step of subqueries
  EngineAssembly(Foundation base, Duration step, Tsdb tsdb) {
    this.base = base;
    ServeOptions options = base.options();
    queries = base.closing().add(new WorkPool("queries", options.query().pool(), base.registry()));
    if (options.engine().url().isPresent()) {
      evaluator = remote(options.engine().url().get());
      // The remote engine evaluates the queries, so they need no pool of threads here.
      ruleEvaluator = evaluator;
      over = _ -> evaluator;
    } else {
      Engine embedded = embedded(tsdb, step);
      evaluator = embedded;
      PooledEvaluator pooled = pooled();
      ruleEvaluator = pooled;
      over = store -> pooled.with(embedded.over(store));
    }
    logs = options.loki().query().map(this::logs).orElse(RuleContext.NO_LOGS);
    results = options.engine().writeUrl().map(url -> remoteWriter(tsdb, url)).orElse(tsdb);
  }

  private Engine embedded(Tsdb tsdb, Duration step) {
    ServeOptions options = base.options();
    return new Engine(
        tsdb,
        EngineOptions.defaults()
            .withFeatures(options.query().features())
            .withLookback(options.query().lookback())
            .withTimeout(options.query().timeout())
            .withMaxSamples(options.query().maxSamples())
            .withDefaultSubqueryStep(step),
        System::nanoTime,
        base.budgets(),
        base.registry());
  }

  private Evaluator remote(URI url) {
    OutgoingClient client = base.client(base.options().engine().tokenFile());
    return new WarmUpEvaluator(
        new RemoteEngine(client, url, base.options().engine().timeout()), base.clock());
  }

  private Appendable remoteWriter(Tsdb tsdb, URI url) {
    OutgoingClient client = base.client(base.options().engine().tokenFile());
    return base.closing()
        .add(new RemoteWriter(tsdb, client, url, REMOTE_WRITE_TIMEOUT, base.registry()));
  }

  /// Returns the Loki whose lines pages show; empty if none is configured.
  Optional<QuerySources.Logs> logLines() {
    return base.options()
        .loki()
        .query()
        .map(url -> new LokiClient(base.client(base.options().loki().tokenFile()), url.toString()));
  }

  /// Loki serves Prometheus' query API below the path `/loki`.
  private Evaluator logs(URI url) {
    URI api = URI.create(BaseUrl.of(url.toString()) + "/loki");
    OutgoingClient client = base.client(base.options().loki().tokenFile());
    return WarmUpEvaluator.ofLoki(
        new RemoteEngine(client, api, base.options().loki().timeout()), base.clock());
  }

  private PooledEvaluator pooled() {
    var size = new WorkPool.Size(QueryOptions.defaultThreads(), MAX_WAITING_RULE_QUERIES);
    var pool = base.closing().add(new WorkPool("rules", size, base.registry()));
    Gauge.builder("prometheus_engine_queries", () -> queries.pending() + pool.pending())
        .description("Queries that are running or waiting.")
        .register(base.registry());
    Gauge.builder("prometheus_engine_queries_concurrent_max", () -> queries.size().threads())
        .description("Maximum number of concurrent queries, except those of rules and gates.")
        .register(base.registry());
    return new PooledEvaluator(evaluator, pool, base.options().query().timeout());
  }

  /// Evaluates the queries of rules and gates on a pool of platform threads. On the virtual threads
  /// of the callers, the queries would block carriers. Interrupting a caller cancels its query.
  ///
  /// @param timeout how long a query may wait for a thread
  private record PooledEvaluator(Evaluator evaluator, WorkPool pool, Duration timeout)
      implements Evaluator {
    PooledEvaluator with(Evaluator other) {
      return new PooledEvaluator(other, pool, timeout);
    }

    @Override
    public QueryResult evaluate(Query query) {
      try {
        return pool.call(new Cancellation(), timeout, () -> evaluator.evaluate(query));
      } catch (BusyException e) {
        throw new QueryException(QueryException.Kind.TIMEOUT, e.text(), e);
      } catch (CancelledException e) {
        throw new QueryException(QueryException.Kind.CANCELED, "query was canceled", e);
      }
    }

    @Override
    public Evaluator keeping(List<Expr> asked) {
      return new PooledEvaluator(evaluator.keeping(asked), pool, timeout);
    }

    @Override
    public void begin() {
      evaluator.begin();
    }

    @Override
    public void wrote(Set<String> metrics) {
      evaluator.wrote(metrics);
    }

    @Override
    public void end() {
      evaluator.end();
    }

    @Override
    public void forget() {
      evaluator.forget();
    }
  }
}
