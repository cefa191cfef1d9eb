package io.pharos.remote.otlp;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Start times of OTLP points.
class OtlpStartTest {
  private static final long T = OtlpRequests.NOW.toEpochMilli();
  private static final String TIMES =
      "\"startTimeUnixNano\":\"%d\",\"timeUnixNano\":\"%d\""
          .formatted((T - 60_000) * 1_000_000, T * 1_000_000);

  private final InMemoryStorage store = new InMemoryStorage();
  private final OtlpReceiver receiver =
      new OtlpReceiver(
          store,
          new ReceivedMetadata(),
          () -> new OtlpReceiver.Settings(List.of(), true, false),
          () -> OtlpRequests.NOW,
          MemoryBounds.unbounded(),
          new SimpleMeterRegistry());

  /* Milliseconds between each series' start and now; "-" if unknown. */
  private Map<String, String> stored(String metric) {
    String request =
        "{\"resourceMetrics\":[{\"scopeMetrics\":[{\"metrics\":[{\"name\":\"m\","
            + metric
            + "}]}]}]}";
    assertThat(
            receiver.receive(
                "ann", "application/json", "", request.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
    var all = store.select(List.of(), 0, Long.MAX_VALUE);
    var starts = new TreeMap<String, String>();
    for (int i = 0; i < all.size(); i++) {
      var window = new SampleWindow();
      all.read(i, 0, Long.MAX_VALUE, window);
      starts.put(
          all.labels(i).metricName() + all.labels(i).get("le") + all.labels(i).get("quantile"),
          window.start(0) == 0 ? "-" : Long.toString(T - window.start(0)));
    }
    return starts;
  }

  private static String sum(int temporality) {
    return "\"sum\":{\"isMonotonic\":true,\"aggregationTemporality\":%d,\"dataPoints\":[{%s,\"asInt\":3}]}"
        .formatted(temporality, TIMES);
  }

  @Test
  void counter_countsFromItsStart() {
    assertThat(stored(sum(2))).isEqualTo(Map.of("m_total", "60000"));
  }

  @Test
  void sumOfDeltas_hasNoStart() {
    assertThat(stored(sum(1))).isEqualTo(Map.of("m_total", "-"));
  }

  @Test
  void gauge_countsFromNowhere() {
    assertThat(stored("\"gauge\":{\"dataPoints\":[{%s,\"asInt\":3}]}".formatted(TIMES)))
        .isEqualTo(Map.of("m", "-"));
  }

  @Test
  void histogramsAndSummaries_countFromTheirStart() {
    assertThat(
            stored(
                ("\"histogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{%s,\"count\":3,\"sum\":4,"
                        + "\"explicitBounds\":[1],\"bucketCounts\":[1,2]}]}")
                    .formatted(TIMES)))
        .isEqualTo(
            Map.of(
                "m_bucket1", "60000",
                "m_bucket+Inf", "60000",
                "m_count", "60000",
                "m_sum", "60000"));
  }

  @Test
  void exponentialHistogram_countsFromItsStart() {
    assertThat(
            stored(
                ("\"exponentialHistogram\":{\"aggregationTemporality\":2,\"dataPoints\":[{%s,\"count\":1,"
                        + "\"zeroCount\":1}]}")
                    .formatted(TIMES)))
        .isEqualTo(Map.of("m", "60000"));
  }

  @Test
  void summary_countsFromItsStart() {
    assertThat(
            stored(
                ("\"summary\":{\"dataPoints\":[{%s,\"count\":1,\"sum\":2,"
                        + "\"quantileValues\":[{\"quantile\":0.5,\"value\":2}]}]}")
                    .formatted(TIMES)))
        .containsEntry("m_count", "60000")
        .containsEntry("m_sum", "60000");
  }
}
