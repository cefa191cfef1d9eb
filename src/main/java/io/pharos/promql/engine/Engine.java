package io.pharos.promql.engine;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.heap.MemoryPool;
import io.pharos.limits.heap.MemoryReservation;
import io.pharos.limits.heap.OverBudgetException;
import io.pharos.limits.work.Cancellation;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.ValueType;
import io.pharos.promql.engine.cache.EvaluationCache;
import io.pharos.promql.engine.cache.SharedParts;
import io.pharos.promql.engine.cache.WindowCacheMemory;
import io.pharos.promql.engine.function.FunctionCalls;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import io.pharos.promql.engine.query.Steps;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.Query;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.QueryStats;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.storage.Queryable;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// The embedded PromQL engine over a store. Thread-safe; callers limit the number of concurrent
/// queries. A query stops when the [Cancellation] of its thread is cancelled.
public final class Engine implements Evaluator {
  private static final int MAX_PARSED = 1_000;

  /// Upper bound for the memory of a parsed expression per character of its text, in bytes.
  private static final int BYTES_PER_CHAR = 100;

  private final Queryable storage;
  private final EngineOptions options;
  private final LongSupplier nanoTime;
  private final MemoryBounds budgets;
  private final WindowCacheMemory cacheMemory;
  private final Counter samples;
  private final Timer duration;
  private final Map<String, Expr> parsed = new LinkedHashMap<>(64, 0.75f, true);
  private long parsedChars;

  /// Creates an engine whose memory is limited by its options only.
  ///
  /// @param nanoTime monotonic clock for deadlines, [System#nanoTime] outside tests
  public Engine(
      Queryable storage, EngineOptions options, LongSupplier nanoTime, MeterRegistry registry) {
    this(storage, options, nanoTime, MemoryBounds.unbounded(), registry);
  }

  /// Creates an engine whose memory is limited by its options and by bounds for the process.
  ///
  /// @param nanoTime monotonic clock for deadlines, [System#nanoTime] outside tests
  /// @param budgets memory bounds. A quarter of the memory for queries is reserved for queries of
  ///   rules
  public Engine(
      Queryable storage,
      EngineOptions options,
      LongSupplier nanoTime,
      MemoryBounds budgets,
      MeterRegistry registry) {
    this.budgets = budgets;
    this.cacheMemory = new WindowCacheMemory(budgets.of(MemoryBound.WINDOWS));
    budgets.watch(MemoryBound.WINDOWS, cacheMemory::reserved);
    this.storage = storage;
    this.options = options;
    this.nanoTime = nanoTime;
    this.samples =
        Counter.builder("prometheus.engine.query.samples")
            .description("Samples that queries read")
            .register(registry);
    this.duration =
        Timer.builder("prometheus.engine.query.duration")
            .description("Duration of queries, without the time in the queue")
            .tag("slice", "inner_eval")
            .register(registry);
  }

  private Engine(Engine other, Queryable storage) {
    this.storage = storage;
    options = other.options;
    nanoTime = other.nanoTime;
    budgets = other.budgets;
    cacheMemory = other.cacheMemory;
    samples = other.samples;
    duration = other.duration;
  }

  /// Returns an engine over another store. It shares the options, memory bounds and meters of this
  /// engine.
  public Engine over(Queryable other) {
    return new Engine(this, other);
  }

  /// Returns the memory pool of queries.
  MemoryPool memory() {
    return budgets.pool(MemoryBound.QUERIES);
  }

  /// Evaluates a query. An external query can use only a part of the memory; the rest is reserved
  /// for the queries of rules.
  @Override
  public QueryResult evaluate(Query query) {
    return evaluate(query, null);
  }

  @Override
  public Evaluator keeping(List<Expr> expressions) {
    return new CachingEvaluator(
        this, new EvaluationCache(cacheMemory, SharedParts.of(expressions)));
  }

  /// Evaluates a query.
  ///
  /// @param cache cache of the caller, or null
  QueryResult evaluate(Query query, @Nullable EvaluationCache cache) {
    boolean external = query.bounds().isPresent();
    EngineOptions queryOptions = query.bounds().map(options::within).orElse(options);
    Expr expression = query.tree().orElseGet(() -> parse(query.text()));
    return switch (query.span()) {
      case Query.At(long millis) -> {
        Steps steps = Steps.single(millis);
        yield run(
            query.text(),
            steps,
            queryOptions,
            external,
            cache,
            context -> instantValue(expression, steps, context, cache));
      }
      case Query.Steps span -> {
        Steps steps = steps(expression, span);
        yield run(
            query.text(),
            steps,
            queryOptions,
            external,
            null,
            context -> rangeValue(expression, steps, context));
      }
    };
  }

  private Steps steps(Expr expression, Query.Steps span) {
    long fromMillis = span.fromMillis();
    long toMillis = span.toMillis();
    long stepMillis = span.step().toMillis();
    if (stepMillis <= 0) {
      throw new QueryException(
          Kind.BAD_DATA,
          "zero or negative query resolution step widths are not accepted: " + span.step());
    }
    if (toMillis < fromMillis) {
      throw new QueryException(
          Kind.BAD_DATA,
          "end timestamp " + toMillis + " must not be before start time " + fromMillis);
    }
    if (expression.type() != ValueType.SCALAR && expression.type() != ValueType.VECTOR) {
      throw new QueryException(
          Kind.BAD_DATA,
          "invalid expression type \"%s\" for range query, must be Scalar or instant Vector"
              .formatted(expression.type().documented()));
    }
    if ((toMillis - fromMillis) / stepMillis >= options.maxSamples()) {
      throw QueryErrors.execution(
          "query processing would load too many samples into memory in query execution, expected"
              + " at most "
              + options.maxSamples()
              + " steps");
    }
    return Steps.between(fromMillis, toMillis, stepMillis);
  }

  private QueryResult run(
      String text,
      Steps steps,
      EngineOptions queryOptions,
      boolean external,
      @Nullable EvaluationCache cache,
      Function<QueryContext, Value> work) {
    long start = nanoTime.getAsLong();
    var cancellation =
        Cancellation.current().until(start + queryOptions.timeout().toNanos(), nanoTime);
    MemoryReservation memory = external ? memory().openModest() : memory().open();
    var context =
        new QueryContext(
            storage,
            queryOptions,
            text,
            steps,
            cancellation,
            memory,
            cache == null ? null : cache.labels());
    try {
      context.holdBytes((long) text.length() * BYTES_PER_CHAR);
      Value value = cancellation.call(() -> work.apply(context));
      return new QueryResult(
          value,
          context.remarks().warnings(),
          context.remarks().infos(),
          new QueryStats(
              Duration.ofNanos(nanoTime.getAsLong() - start),
              context.samplesRead(),
              context.peak(),
              context.windows(),
              context.shared()));
    } catch (CancelledException e) {
      throw QueryErrors.cancelled(e);
    } catch (UncheckedIOException e) {
      throw new QueryException(Kind.UNAVAILABLE, "the store can't be read: " + e.getMessage(), e);
    } finally {
      samples.increment((double) context.samplesRead());
      duration.record(nanoTime.getAsLong() - start, TimeUnit.NANOSECONDS);
      memory.close();
    }
  }

  private static Value instantValue(
      Expr expression, Steps steps, QueryContext context, @Nullable EvaluationCache cache) {
    var evaluation = new Evaluation(context, expression, cache);
    long time = steps.startMillis();
    return switch (expression.type()) {
      case SCALAR -> new Scalar(time, evaluation.scalar(expression, steps)[0]);
      case STRING -> new StringValue(time, FunctionCalls.string(expression));
      case VECTOR -> Results.vector(named(evaluation.vector(expression, steps), context), time);
      case MATRIX -> evaluation.window(expression, steps);
    };
  }

  private static Value rangeValue(Expr expression, Steps steps, QueryContext context) {
    var evaluation = new Evaluation(context, expression, null);
    if (expression.type() == ValueType.SCALAR) {
      context.hold(steps.count());
      return Results.scalars(evaluation.scalar(expression, steps), steps);
    }
    return Results.matrix(named(evaluation.vector(expression, steps), context), steps);
  }

  /// Removes the metric names that are marked for removal, if the options delay the removal.
  private static Columns named(Columns columns, QueryContext context) {
    return context.options().delayedNameRemoval() ? Results.removeNames(columns) : columns;
  }

  private Expr parse(String text) {
    synchronized (parsed) {
      Expr cached = parsed.get(text);
      if (cached != null) {
        return cached;
      }
    }
    Expr expression;
    try (MemoryReservation memory = memory().open()) {
      memory.ensure((long) text.length() * BYTES_PER_CHAR);
      expression = PromqlParser.parse(text, options.parser());
    } catch (OverBudgetException e) {
      throw QueryErrors.over(e);
    } catch (ParseException e) {
      throw new QueryException(Kind.BAD_DATA, String.valueOf(e.getMessage()), e);
    }
    keep(text, expression);
    return expression;
  }

  /// Adds a parsed expression to the cache, and evicts the least recently used expressions.
  private void keep(String text, Expr expression) {
    synchronized (parsed) {
      if (parsed.put(text, expression) == null) {
        parsedChars += text.length();
      }
      long maxChars = budgets.of(MemoryBound.QUERY) / 2 / BYTES_PER_CHAR;
      var eldest = parsed.keySet().iterator();
      while (parsed.size() > MAX_PARSED || parsedChars > maxChars) {
        parsedChars -= eldest.next().length();
        eldest.remove();
      }
    }
  }
}
