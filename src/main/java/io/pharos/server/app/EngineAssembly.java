package io.pharos.server.app;

import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.cli.serve.QueryOptions;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.SecretSource;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.WorkPool;
import io.pharos.model.BaseUrl;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.EngineOptions;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.remote.WarmUpEvaluator;
import io.pharos.promql.value.Evaluator;
import io.pharos.remote.write.RemoteWriter;
import io.pharos.rules.RuleContext;
import io.pharos.storage.Appendable;
import io.pharos.tsdb.Tsdb;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/// What answers PromQL, and where the results of rules go: the engine within, or one elsewhere.
final class EngineAssembly {
  /// Groups of rules and gates ask one query at a time each: more than there are.
  private static final int STEADY_WAITING = 100_000;

  private static final Duration REMOTE_WRITE_TIMEOUT = Duration.ofSeconds(10);

  private final ServeOptions options;
  private final Clients clients;
  private final ShutdownStack closing;
  private final WorkPool queries;
  private final Evaluator evaluator;
  private final Evaluator steady;
  private final Evaluator logs;
  private final Appendable results;

  /// @param step of subqueries that have none
  EngineAssembly(
      ServeOptions options,
      Duration step,
      Tsdb tsdb,
      Clients clients,
      InstantSource clock,
      MemoryBounds budgets,
      MeterRegistry registry,
      ShutdownStack closing) {
    this.options = options;
    this.clients = clients;
    this.closing = closing;
    queries = closing.add(new WorkPool("queries", options.query().pool(), registry));
    if (options.engine().url().isPresent()) {
      evaluator = elsewhere(options.engine().url().get(), clock);
      // It takes no processor of this machine, and may take long.
      steady = evaluator;
    } else {
      evaluator =
          new Engine(
              tsdb,
              EngineOptions.defaults()
                  .withFeatures(options.query().features())
                  .withLookback(options.query().lookback())
                  .withTimeout(options.query().timeout())
                  .withMaxSamples(options.query().maxSamples())
                  .withDefaultSubqueryStep(step),
              System::nanoTime,
              budgets,
              registry);
      steady = steady(registry);
    }
    logs = options.loki().query().map(url -> logs(url, clock)).orElse(RuleContext.NO_LOGS);
    results =
        options
            .engine()
            .writeUrl()
            .<Appendable>map(
                url ->
                    closing.add(
                        new RemoteWriter(tsdb, client(), url, REMOTE_WRITE_TIMEOUT, registry)))
            .orElse(tsdb);
  }

  private Evaluator elsewhere(URI url, InstantSource clock) {
    return new WarmUpEvaluator(new RemoteEngine(client(), url, options.engine().timeout()), clock);
  }

  /// Loki answers as Prometheus does, one folder below.
  private Evaluator logs(URI url, InstantSource clock) {
    URI base = URI.create(BaseUrl.of(url.toString()) + "/loki");
    OutgoingClient http = client(options.loki().tokenFile());
    return WarmUpEvaluator.ofLoki(new RemoteEngine(http, base, options.loki().timeout()), clock);
  }

  private Evaluator steady(MeterRegistry registry) {
    var size = new WorkPool.Size(QueryOptions.defaultThreads(), STEADY_WAITING);
    var pool = closing.add(new WorkPool("rules", size, registry));
    Gauge.builder("prometheus_engine_queries", () -> queries.pending() + pool.pending())
        .description("Queries that run or wait")
        .register(registry);
    Gauge.builder("prometheus_engine_queries_concurrent_max", () -> queries.size().threads())
        .description("Queries that may run at once, those of rules and gates aside")
        .register(registry);
    return new PooledEvaluator(evaluator, pool, options.query().timeout());
  }

  private OutgoingClient client() {
    return client(options.engine().tokenFile());
  }

  private OutgoingClient client(Optional<Path> tokenFile) {
    HttpOptions http =
        tokenFile
            .map(file -> HttpOptions.bearer(SecretSource.fromFile(file)))
            .orElse(HttpOptions.DEFAULT);
    return closing.add(clients.open(http));
  }

  /// The threads for the queries of people and dashboards.
  WorkPool queries() {
    return queries;
  }

  /// What runs on [#queries].
  Evaluator evaluator() {
    return evaluator;
  }

  /// For rules and gates, on threads of their own, so that no dashboard makes them late.
  Evaluator steady() {
    return steady;
  }

  /// For rules about log lines.
  Evaluator logs() {
    return logs;
  }

  /// Takes what rules give.
  Appendable results() {
    return results;
  }
}
