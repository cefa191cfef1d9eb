package io.pharos.remote.write;

import static io.pharos.remote.write.WriteRequests.V2;
import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.seriesV2;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/// Start times in Remote Write 2.
class WriteStartTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long T = NOW.toEpochMilli();
  private static final List<String> SYMBOLS = List.of("", "__name__", "up");
  private static final long[] UP = {1, 2};

  private final InMemoryStorage store = new InMemoryStorage();
  private final WriteReceiver receiver =
      new WriteReceiver(
          store,
          new ReceivedMetadata(),
          () -> NOW,
          MemoryBounds.unbounded(),
          new SimpleMeterRegistry());

  private static Consumer<ProtoWriter> sample(long time, long start) {
    return series ->
        series.message(2, sample -> sample.float64(1, 1).int64(2, time).int64(3, start));
  }

  private static Consumer<ProtoWriter> histogram(long time, long start) {
    return series ->
        series.message(3, histogram -> histogram.int64(1, 0).int64(15, time).int64(17, start));
  }

  /* Times and starts relative to now; 0 if unknown. */
  private List<String> stored(Consumer<ProtoWriter> series) {
    assertThat(receiver.receive("ann", V2, "snappy", body(seriesV2(SYMBOLS, UP, series))))
        .isInstanceOf(WriteReceiver.Outcome.Written.class);
    var window = new SampleWindow();
    store.select(List.of(), 0, Long.MAX_VALUE).read(0, 0, Long.MAX_VALUE, window);
    var texts = new ArrayList<String>();
    for (int i = 0; i < window.size(); i++) {
      long start = window.start(i);
      texts.add((T - window.timestamp(i)) + ":" + (start == 0 ? 0 : T - start));
    }
    return texts;
  }

  @Test
  void samplesAndHistograms_sayItThemselves() {
    assertThat(
            stored(
                sample(T - 4, T - 90)
                    .andThen(sample(T - 3, 0))
                    .andThen(histogram(T - 2, T - 80))
                    .andThen(histogram(T - 1, 0))))
        .containsExactly("4:90", "3:0", "2:80", "1:0");
  }

  @Test
  void series_saysItForAll_asInTheFirstDrafts() {
    assertThat(
            stored(
                sample(T - 4, T - 90)
                    .andThen(sample(T - 3, 0))
                    .andThen(histogram(T - 1, 0))
                    .andThen(series -> series.int64(6, T - 70))))
        .containsExactly("4:90", "3:70", "1:70");
  }
}
