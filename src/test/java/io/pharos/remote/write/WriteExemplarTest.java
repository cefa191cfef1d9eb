package io.pharos.remote.write;

import static io.pharos.remote.write.WriteRequests.V1;
import static io.pharos.remote.write.WriteRequests.V2;
import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV2;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Exemplars in both messages, in a store that keeps them.
class WriteExemplarTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long T = NOW.toEpochMilli();
  private static final List<String> SYMBOLS =
      List.of("", "__name__", "up", "job", "api", "trace_id", "abc");
  private static final long[] UP = {1, 2, 3, 4};

  @TempDir private Path directory;
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private Tsdb store;
  private WriteReceiver receiver;

  @BeforeEach
  void open() throws IOException {
    store = Tsdb.open(directory, TsdbOptions.defaults(), () -> NOW, registry);
    receiver =
        new WriteReceiver(
            store, new ReceivedMetadata(), () -> NOW, MemoryBounds.unbounded(), registry);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private WriteReceiver.Outcome receive(String type, Consumer<ProtoWriter> request) {
    return receiver.receive("ann", type, "snappy", body(request));
  }

  private static Consumer<ProtoWriter> upV1(Consumer<ProtoWriter> content) {
    return WriteRequests.seriesV1(List.of("__name__", "up"), content);
  }

  /* Times relative to now. */
  private List<String> stored() {
    var texts = new ArrayList<String>();
    for (var series : store.exemplars().select(List.of(List.of()), 0, Long.MAX_VALUE)) {
      for (var one : series.exemplars()) {
        texts.add(
            "%s %s %s@%d"
                .formatted(series.labels(), one.labels(), one.value(), one.timestampMillis() - T));
      }
    }
    return texts;
  }

  private static Consumer<ProtoWriter> v1(String trace, double value, long time) {
    return series ->
        series.message(
            3,
            exemplar ->
                exemplar
                    .message(1, label -> label.string(1, "trace_id").string(2, trace))
                    .float64(2, value)
                    .int64(3, time));
  }

  private static Consumer<ProtoWriter> v2(double value, long time, long... refs) {
    return series ->
        series.message(4, exemplar -> exemplar.int64s(1, refs).float64(2, value).int64(3, time));
  }

  @Test
  void v1_exemplars_areStored_alsoWithoutASample() {
    assertThat(
            receive(V1, upV1(sample(T, 1).andThen(v1("a", 0.5, T - 2)).andThen(v1("b", 2, T - 1)))))
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(1, 0, 2)));
    assertThat(receive(V1, upV1(v1("c", 3, T))))
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(0, 0, 1)));
    assertThat(stored())
        .containsExactly(
            "{__name__=\"up\"} {trace_id=\"a\"} 0.5@-2",
            "{__name__=\"up\"} {trace_id=\"b\"} 2.0@-1",
            "{__name__=\"up\"} {trace_id=\"c\"} 3.0@0");
  }

  @Test
  void v1_lateOnes_areLeftOut_andRefuseNothing() {
    receive(V1, upV1(v1("a", 1, T)));
    assertThat(receive(V1, upV1(sample(T, 1).andThen(v1("b", 1, T - 1)))))
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(1, 0, 0)));
    assertThat(stored()).hasSize(1);
  }

  @Test
  void v2_exemplars_areStored_andCounted_duplicatesToo() {
    for (int i = 0; i < 2; i++) {
      assertThat(receive(V2, seriesV2(SYMBOLS, UP, sample(T + i, 7).andThen(v2(0.5, T - 5, 5, 6)))))
          .isEqualTo(
              new WriteReceiver.Outcome.Written(
                  WriteVersion.V2, new WriteReceiver.Outcome.Counts(1, 0, 1)));
    }
    assertThat(stored())
        .containsExactly("{__name__=\"up\", job=\"api\"} {trace_id=\"abc\"} 0.5@-5");
  }

  @Test
  void v2_exemplarWithoutATime_hasThatOfItsSample() {
    receive(V2, seriesV2(SYMBOLS, UP, sample(T - 9, 7).andThen(v2(0.5, 0, 5, 6))));
    assertThat(stored())
        .containsExactly("{__name__=\"up\", job=\"api\"} {trace_id=\"abc\"} 0.5@-9");
  }

  @Test
  void v2_lateExemplar_isTold_andItsSampleStored() {
    receive(V2, seriesV2(SYMBOLS, UP, v2(0.5, T, 5, 6)));
    var outcome = receive(V2, seriesV2(SYMBOLS, UP, sample(T, 7).andThen(v2(1, T - 1, 5, 6))));
    assertThat(outcome).isInstanceOf(WriteReceiver.Outcome.PartlyRefused.class);
    assertThat(((WriteReceiver.Outcome.PartlyRefused) outcome).counts())
        .isEqualTo(new WriteReceiver.Outcome.Counts(1, 0, 0));
    assertThat(((WriteReceiver.Outcome.PartlyRefused) outcome).reasons().getFirst())
        .startsWith("out of order exemplar");
  }

  @Test
  void exemplarsThatAreNone_areLeftOut_andTheirSampleStored() {
    for (long[] refs : new long[][] {{5, 7}, {5}, {0, 6}, {5, 6, 5, 6}, {-1, 6}}) {
      assertThat(receive(V2, seriesV2(SYMBOLS, UP, sample(T, 7).andThen(v2(1, T, refs)))))
          .isEqualTo(
              new WriteReceiver.Outcome.Written(
                  WriteVersion.V2, new WriteReceiver.Outcome.Counts(1, 0, 0)));
    }
    assertThat(receive(V1, upV1(v1("x".repeat(128), 1, T))))
        .as("too long")
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(0, 0, 0)));
    assertThat(receive(V1, upV1(v1("x", 1, T + 3_600_000))))
        .as("an hour ahead")
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(0, 0, 0)));
    assertThat(stored()).isEmpty();
  }
}
