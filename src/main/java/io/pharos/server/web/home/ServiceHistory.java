package io.pharos.server.web.home;

import io.pharos.adopt.init.Convention;
import io.pharos.ingest.scrape.ScrapeManager;
import io.pharos.limits.work.Cancellation;
import io.pharos.model.GoFloat;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.server.api.QueryWork;
import io.pharos.server.web.design.HistoryBars;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.design.Sparkline;
import io.pharos.server.web.home.ServiceRow.Signal;
import jakarta.enterprise.context.ApplicationScoped;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.DoubleFunction;
import org.jspecify.annotations.Nullable;

/// The services of the first page with their history. The history is queried in the background and
/// shared by all readers, so the page never waits for queries longer than [#PATIENCE].
@ApplicationScoped
public class ServiceHistory {
  /// Scrapes are seconds apart, so an older history would miss some.
  private static final Duration MAX_AGE = Duration.ofSeconds(20);

  /// Part of the 300 ms in which the page must be complete.
  private static final Duration PATIENCE = Duration.ofMillis(100);

  private static final Duration SIGNALS = Duration.ofHours(3);

  private static final Duration SIGNAL_STEP = Duration.ofMinutes(5);
  private static final DateTimeFormatter HOUR =
      DateTimeFormatter.ofPattern("EEE HH:mm 'UTC'", Locale.ENGLISH).withZone(ZoneOffset.UTC);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("EEE d MMM", Locale.ENGLISH).withZone(ZoneOffset.UTC);

  /// The time that the bars show.
  enum Range {
    DAY_OF_HALF_HOURS("24h", 48, Duration.ofMinutes(30)),
    QUARTER_OF_DAYS("90d", 90, Duration.ofDays(1));

    /// The word in the page's address.
    private final String word;

    private final int bars;
    private final Duration bar;

    Range(String word, int bars, Duration bar) {
      this.word = word;
      this.bars = bars;
      this.bar = bar;
    }

    String word() {
      return word;
    }

    static Range of(@Nullable String word) {
      return QUARTER_OF_DAYS.word.equals(word) ? QUARTER_OF_DAYS : DAY_OF_HALF_HOURS;
    }
  }

  /// What is known about the services.
  ///
  /// @param lastFired when an alert last fired within [LastFiring#QUIET], as recorded; empty if
  ///   none did
  /// @param problem why nothing is known; empty if the rows are known
  record Services(List<ServiceRow> rows, Optional<Instant> lastFired, String problem) {
    Services {
      rows = List.copyOf(rows);
    }
  }

  private record Refresh(Instant begun, CompletableFuture<Services> result) {}

  private final Evaluator evaluator;
  private final QueryWork work;
  private final ScrapeManager scrapes;
  private final InstantSource clock;
  private final List<Convention> conventions = Convention.all();
  private final Map<Range, Refresh> latest = new HashMap<>();
  private final Map<Range, Services> known = new HashMap<>();

  ServiceHistory(Evaluator evaluator, QueryWork work, ScrapeManager scrapes, InstantSource clock) {
    this.evaluator = evaluator;
    this.work = work;
    this.scrapes = scrapes;
    this.clock = clock;
  }

  /// Returns the services; while their history is queried for the first time, says so.
  Services services(Range range) {
    Refresh refresh = refreshed(range);
    try {
      return refresh.result.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
    } catch (TimeoutException _) {
      return last(range, "The history of the services is being queried. Reload the page.");
    } catch (ExecutionException e) {
      return last(range, "The history of the services is unknown: " + reason(e));
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return last(range, "The history of the services is unknown, because Pharos is stopping.");
    }
  }

  private static String reason(ExecutionException e) {
    Throwable cause = e.getCause();
    return String.valueOf(cause == null ? e.getMessage() : cause.getMessage());
  }

  private synchronized Services last(Range range, String problem) {
    Services services = known.get(range);
    return services == null ? new Services(List.of(), Optional.empty(), problem) : services;
  }

  private synchronized Refresh refreshed(Range range) {
    Instant now = clock.instant();
    Refresh current = latest.get(range);
    boolean isCurrent =
        current != null
            && (!current.result.isDone()
                || (!current.begun.isAfter(now) && current.begun.plus(MAX_AGE).isAfter(now)));
    if (current != null && isCurrent) {
      return current;
    }
    var next = new Refresh(now, new CompletableFuture<>());
    latest.put(range, next);
    Thread.ofVirtual().name("service-history").start(() -> query(range, now, next.result));
    return next;
  }

  private void query(Range range, Instant now, CompletableFuture<Services> result) {
    try {
      Services services =
          work.pool().call(Cancellation.NEVER, work.timeout(), () -> query(range, now));
      synchronized (this) {
        known.put(range, services);
      }
      result.complete(services);
    } catch (RuntimeException e) {
      result.completeExceptionally(e);
    }
  }

  private Services query(Range range, Instant now) {
    long bar = range.bar.toMillis();
    long end = Math.ceilDiv(now.toEpochMilli(), bar) * bar;
    long from = end - (range.bars - 1) * bar;
    Map<String, double[]> up =
        columns(
            "avg by (job) (avg_over_time(up[%ds]))".formatted(range.bar.toSeconds()),
            from,
            range.bars,
            range.bar);
    var names = new TreeSet<>(up.keySet());
    scrapes.targets().active().forEach(target -> names.add(target.labels().get("job")));
    List<String> spans = spans(range, from);
    Map<String, ServiceRow> rows = new HashMap<>();
    for (String name : names) {
      double[] shares = up.getOrDefault(name, unknown(range.bars));
      rows.put(name, new ServiceRow(name, HistoryBars.of(shares, spans), null, null, null));
    }
    RequestSignals.find(evaluator, conventions, now.toEpochMilli())
        .forEach(signals -> add(signals, now, rows));
    return new Services(
        names.stream().map(rows::get).toList(), LastFiring.find(evaluator, now), "");
  }

  private static List<String> spans(Range range, long from) {
    var spans = new ArrayList<String>();
    long bar = range.bar.toMillis();
    for (int i = 0; i < range.bars; i++) {
      Instant begin = Instant.ofEpochMilli(from + (i - 1) * bar);
      spans.add(
          range == Range.QUARTER_OF_DAYS
              ? DAY.format(begin)
              : HOUR.format(begin) + " and " + PageTime.span(range.bar));
    }
    return spans;
  }

  private void add(RequestSignals signals, Instant now, Map<String, ServiceRow> rows) {
    Map<String, double[]> requests = course(signals.requests(), now);
    Map<String, double[]> errors = signals.errors().map(it -> course(it, now)).orElse(Map.of());
    Map<String, double[]> latency = signals.latency().map(it -> course(it, now)).orElse(Map.of());
    signals
        .jobs()
        .forEach(
            job ->
                rows.computeIfPresent(
                    job,
                    (_, row) ->
                        new ServiceRow(
                            row.name(),
                            row.history(),
                            signal(requests.get(job), it -> GoFloat.rounded(it, 3) + "/s"),
                            signal(errors.get(job), it -> GoFloat.rounded(it * 100, 3) + " %"),
                            signal(latency.get(job), ServiceHistory::seconds))));
  }

  private static String seconds(double seconds) {
    return seconds < 1
        ? GoFloat.rounded(seconds * 1000, 3) + " ms"
        : GoFloat.rounded(seconds, 3) + " s";
  }

  private static @Nullable Signal signal(
      double @Nullable [] values, DoubleFunction<String> format) {
    if (values == null) {
      return null;
    }
    double last = values[values.length - 1];
    double[] finite = Arrays.stream(values).filter(Double::isFinite).toArray();
    String range =
        finite.length == 0
            ? "no data"
            : format.apply(Arrays.stream(finite).min().orElseThrow())
                + " to "
                + format.apply(Arrays.stream(finite).max().orElseThrow())
                + " in "
                + PageTime.span(SIGNALS);
    return new Signal(
        Sparkline.of(values, range), Double.isFinite(last) ? format.apply(last) : "no data");
  }

  private Map<String, double[]> course(String expression, Instant now) {
    long from = now.minus(SIGNALS).toEpochMilli();
    int points = Math.toIntExact(SIGNALS.dividedBy(SIGNAL_STEP)) + 1;
    return columns(expression, from, points, SIGNAL_STEP);
  }

  /// Evaluates an expression whose series have only the label `job`.
  private Map<String, double[]> columns(String expression, long from, int points, Duration step) {
    var columns = new HashMap<String, double[]>();
    long end = from + (points - 1) * step.toMillis();
    if (evaluator.range(expression, from, end, step).value() instanceof RangeMatrix matrix) {
      for (RangeMatrix.Series series : matrix.series()) {
        double[] column = unknown(points);
        for (int i = 0; i < series.size(); i++) {
          column[Math.toIntExact((series.timestamps()[i] - from) / step.toMillis())] =
              series.values()[i];
        }
        columns.put(series.labels().get("job"), column);
      }
    }
    return columns;
  }

  private static double[] unknown(int points) {
    var column = new double[points];
    Arrays.fill(column, Double.NaN);
    return column;
  }
}
