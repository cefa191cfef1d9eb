package io.pharos.promql.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.work.Cancellation;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EngineCancellationTest {
  private static final Labels UP = Labels.of("__name__", "up");

  private final InMemoryStorage storage = new InMemoryStorage();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final AtomicLong nanos = new AtomicLong();

  private void append(Labels labels, int samples) {
    try (Appender appender = storage.appender()) {
      for (int i = 0; i < samples; i++) {
        appender.append(labels, i * 1000L, i);
      }
      appender.commit();
    }
  }

  private static void assertRefused(ThrowingCallable query, Kind kind, String message) {
    assertThatThrownBy(query)
        .isInstanceOfSatisfying(
            QueryException.class,
            e -> {
              assertThat(e.kind()).isEqualTo(kind);
              assertThat(e.reason()).contains(message);
            });
  }

  @Test
  void cancellation_ofTheThread_isCanceled() {
    append(UP, 3);
    var cancellation = new Cancellation();
    cancellation.cancel();
    var engine = new Engine(storage, EngineOptions.defaults(), nanos::get, registry);
    cancellation.call(
        () -> {
          assertRefused(() -> engine.instant("up", 0), Kind.CANCELED, "query was canceled");
          return "";
        });
  }

  /* The client goes while the first series is read: hundreds more are never looked at, however the
   * expression goes through them. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "up",
        "-up",
        "up * 2",
        "up + on (i) up",
        "sum by (i) (up)",
        "topk (3, up)",
        "sort (up)",
        "abs (up)",
        "rate (up[5s])",
        "quantile_over_time (0.5, up[5s])",
        "max_over_time (up[5s:1s])",
        "absent_over_time (up[5s])",
        "label_replace (up, \"j\", \"$1\", \"i\", \"(.*)\")",
        "histogram_quantile (0.9, up)",
        "timestamp (up)",
        "count_values (\"v\", up)",
      })
  void clientThatGoes_endsTheReadingOfFurtherSeries(String expression) {
    for (int i = 0; i < 2_000; i++) {
      append(Labels.of("__name__", "up", "i", "" + i, "le", "1"), 3);
    }
    var cancellation = new Cancellation();
    var reads = new AtomicInteger();
    Queryable watched =
        (SelectOnly)
            (matchers, from, to) -> {
              SeriesSet set = storage.select(matchers, from, to);
              return new SeriesSet() {
                @Override
                public int size() {
                  return set.size();
                }

                @Override
                public Labels labels(int i) {
                  return set.labels(i);
                }

                @Override
                public long generation() {
                  return set.generation();
                }

                @Override
                public void read(int i, long first, long last, SampleWindow window) {
                  reads.incrementAndGet();
                  cancellation.cancel();
                  set.read(i, first, last, window);
                }
              };
            };
    var engine = new Engine(watched, EngineOptions.defaults(), nanos::get, registry);
    cancellation.call(
        () -> {
          assertRefused(
              () -> engine.range(expression, 0, 9_000, Duration.ofSeconds(1)),
              Kind.CANCELED,
              "query was canceled");
          return "";
        });
    assertThat(reads.get()).isLessThan(600);
  }

  private interface SelectOnly extends Queryable {
    @Override
    default List<String> labelNames(List<LabelMatcher> matchers, long from, long to) {
      return List.of();
    }

    @Override
    default List<String> labelValues(String name, List<LabelMatcher> matchers, long from, long to) {
      return List.of();
    }
  }

  @Test
  void windowsOfOneSeries_endWithTheTime() {
    append(UP, 2_000);
    var looks = new AtomicInteger();
    var engine =
        new Engine(
            storage,
            EngineOptions.defaults().withTimeout(Duration.ofNanos(3)),
            () -> looks.incrementAndGet() < 20 ? 0 : 10,
            registry);
    // Two thousand windows of up to two thousand samples: only the count of samples looks at the
    // time.
    assertRefused(
        () -> engine.range("sum_over_time(up[1h])", 0, 2_000_000, Duration.ofSeconds(1)),
        Kind.TIMEOUT,
        "query timed out");
    assertThat(registry.get("prometheus.engine.query.samples").counter().count())
        .isLessThan(2_000_000.0);
  }
}
