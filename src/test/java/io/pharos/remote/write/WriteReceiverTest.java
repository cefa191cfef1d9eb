package io.pharos.remote.write;

import static io.pharos.remote.write.WriteRequests.V1;
import static io.pharos.remote.write.WriteRequests.V2;
import static io.pharos.remote.write.WriteRequests.body;
import static io.pharos.remote.write.WriteRequests.sample;
import static io.pharos.remote.write.WriteRequests.seriesV1;
import static io.pharos.remote.write.WriteRequests.seriesV2;
import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.bytes.protobuf.ProtoReader;
import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.bytes.snappy.Snappy;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.ResetHint;
import io.pharos.storage.AppendOutcome;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class WriteReceiverTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long T = NOW.toEpochMilli();
  private static final List<String> SYMBOLS =
      List.of("", "__name__", "up", "job", "api", "helpful", "bytes");
  private static final long[] UP = {1, 2, 3, 4};

  private final InMemoryStorage store = new InMemoryStorage();
  private final ReceivedMetadata metadata = new ReceivedMetadata();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final WriteReceiver receiver =
      new WriteReceiver(store, metadata, () -> NOW, MemoryBounds.unbounded(), registry);

  private WriteReceiver.Outcome receive(String type, Consumer<ProtoWriter> request) {
    return receiver.receive("ann", type, "snappy", body(request));
  }

  /// All samples as `labels value@time`.
  private List<String> stored() {
    SeriesSet all =
        store.select(
            List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".+")), 0, Long.MAX_VALUE);
    var texts = new ArrayList<String>();
    for (int i = 0; i < all.size(); i++) {
      var window = new SampleWindow();
      all.read(i, 0, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        texts.add(all.labels(i) + " " + window.value(at) + "@" + (window.timestamp(at) - T));
      }
    }
    return texts;
  }

  private static WriteReceiver.Outcome.PartlyRefused refused(WriteReceiver.Outcome outcome) {
    assertThat(outcome).isInstanceOf(WriteReceiver.Outcome.PartlyRefused.class);
    return (WriteReceiver.Outcome.PartlyRefused) outcome;
  }

  @Test
  void v1_samplesAndMetadata_areStored() {
    var outcome =
        receive(
            V1,
            seriesV1(
                    List.of("__name__", "up", "job", "api", "empty", ""),
                    sample(T - 1000, 1).andThen(sample(T, 0)))
                .andThen(seriesV1(List.of("__name__", "http.größe", "job", "b\n"), sample(T, 2)))
                .andThen(
                    request ->
                        request.message(
                            3,
                            one ->
                                one.int64(1, 2)
                                    .string(2, "up")
                                    .string(4, "Is it up?")
                                    .string(5, "bool"))));
    assertThat(outcome)
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(3, 0, 0)));
    assertThat(stored())
        .containsExactly(
            "{__name__=\"http.größe\", job=\"b\\n\"} 2.0@0",
            "{__name__=\"up\", job=\"api\"} 1.0@-1000",
            "{__name__=\"up\", job=\"api\"} 0.0@0");
    assertThat(metadata.all())
        .containsExactly(new ReceivedMetadata.Family("up", "gauge", "Is it up?", "bool"));
    assertThat(
            registry.get("pharos_remote_write_samples").tag("outcome", "written").counter().count())
        .isEqualTo(3);
  }

  @Test
  void v2_samplesAndMetadata_areStoredAndCounted() {
    var outcome =
        receive(
            V2,
            seriesV2(
                SYMBOLS,
                UP,
                sample(T, 7)
                    .andThen(
                        series ->
                            series
                                .message(4, exemplar -> exemplar.float64(2, 1).int64(3, T))
                                .message(5, meta -> meta.int64(1, 1).int64(3, 5).int64(4, 6)))));
    assertThat(outcome)
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V2, new WriteReceiver.Outcome.Counts(1, 0, 0)));
    assertThat(stored()).containsExactly("{__name__=\"up\", job=\"api\"} 7.0@0");
    assertThat(metadata.all())
        .containsExactly(new ReceivedMetadata.Family("up", "counter", "helpful", "bytes"));
  }

  @Test
  void v2_symbolsBehindTheSeriesAndMetadataAlone_areRead() {
    var outcome =
        receive(
            V2,
            request -> {
              request.message(
                  5, series -> series.int64s(1, UP).message(5, meta -> meta.int64(1, 2)));
              SYMBOLS.forEach(symbol -> request.element(4, symbol));
            });
    assertThat(outcome).isInstanceOf(WriteReceiver.Outcome.Written.class);
    assertThat(metadata.all()).containsExactly(new ReceivedMetadata.Family("up", "gauge", "", ""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          request_bucket | histogram | request
          request_count  | summary   | request
          request_bucket | summary   | request_bucket
          request_count  | counter   | request_count
          request        | histogram | request
          """)
  void metadata_ofOneOfTheSeriesOfAFamily_isTheFamilys(String metric, String type, String family) {
    assertThat(ReceivedMetadata.Family.family(metric, type)).isEqualTo(family);
  }

  /// An integer histogram with buckets 1, 3 and a gap of two before 2.
  private static Consumer<ProtoWriter> histogram(
      int field, long count, Consumer<ProtoWriter> more) {
    return series ->
        series.message(
            field,
            it -> {
              it.int64(1, count)
                  .float64(3, 18.5)
                  .sint64(4, 1)
                  .float64(5, 0.001)
                  .int64(6, 1)
                  .message(11, span -> span.sint64(1, -2).int64(2, 2))
                  .message(11, span -> span.sint64(1, 2).int64(2, 1))
                  .sint64s(12, 1, 2, -1)
                  .int64(14, 2)
                  .int64(15, T);
              more.accept(it);
            });
  }

  @Test
  void histogram_ofIntegers_isStoredWithItsCounts() {
    var outcome = receive(V2, seriesV2(SYMBOLS, UP, histogram(3, 7, _ -> {})));
    assertThat(outcome)
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V2, new WriteReceiver.Outcome.Counts(0, 1, 0)));
    assertThat(histograms())
        .containsExactly(
            new Histogram(
                ResetHint.UNKNOWN,
                1,
                0.001,
                1,
                7,
                18.5,
                new Histogram.Buckets(
                    List.of(new BucketSpan(-2, 2), new BucketSpan(2, 1)), new double[] {1, 3, 2}),
                Histogram.Buckets.none(),
                new double[0]));
  }

  @Test
  void histogram_ofReservedSchema_comesDownToTheLargest() {
    receive(V2, seriesV2(SYMBOLS, UP, histogram(3, 7, it -> it.sint64(4, 9))));
    assertThat(histograms())
        .singleElement()
        .satisfies(
            histogram -> {
              assertThat(histogram.schema()).isEqualTo(Histogram.MAX_SCHEMA);
              assertThat(histogram.positive())
                  .isEqualTo(
                      new Histogram.Buckets(
                          List.of(new BucketSpan(-1, 3)), new double[] {1, 3, 2}));
            });
  }

  @Test
  void histogram_ofFloatsWithCustomBuckets_isStoredAsItCame() {
    receive(
        V1,
        seriesV1(
            List.of("__name__", "up"),
            series ->
                series.message(
                    4,
                    it ->
                        it.float64(2, 4)
                            .float64(3, 2.5)
                            .sint64(4, Histogram.CUSTOM_BUCKETS)
                            .message(11, span -> span.int64(2, 3))
                            .float64s(13, 1.5, 0, 2.5)
                            .float64s(16, 0.1, 1)
                            .int64(15, T))));
    assertThat(histograms())
        .containsExactly(
            new Histogram(
                ResetHint.UNKNOWN,
                Histogram.CUSTOM_BUCKETS,
                0,
                0,
                4,
                2.5,
                new Histogram.Buckets(List.of(new BucketSpan(0, 3)), new double[] {1.5, 0, 2.5}),
                Histogram.Buckets.none(),
                new double[] {0.1, 1}));
  }

  private List<Histogram> histograms() {
    SeriesSet all = store.select(List.of(LabelMatcher.equal("__name__", "up")), 0, T);
    var window = new SampleWindow();
    all.read(0, 0, T, window);
    var found = new ArrayList<Histogram>();
    for (int i = 0; i < window.size(); i++) {
      found.add(requireNonNull(window.histogram(i)));
    }
    return found;
  }

  @Test
  void histogram_thatEndsItsSeries_becomesTheMarker() {
    receive(
        V2,
        seriesV2(
            SYMBOLS,
            UP,
            series -> series.message(3, it -> it.float64(3, StaleMarker.VALUE).int64(15, T))));
    SeriesSet all = store.select(List.of(LabelMatcher.equal("__name__", "up")), 0, T);
    var window = new SampleWindow();
    all.read(0, 0, T, window);
    assertThat(StaleMarker.is(window.value(0))).isTrue();
    assertThat(window.histogram(0)).isNull();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          8 | 0  | 0 | found 7.0 observations in buckets, but the count is 8.0
          7 | 53 | 0 | schema 53, expected -4 to 8, or -53 for custom buckets
          7 | -5 | 0 | schema -5, expected -4 to 8, or -53 for custom buckets
          7 | 1  | 1 | found 4 buckets in the spans, but 3 counts
          8 | 1  | 2 | found 3 buckets in the spans, but 4 counts
          """)
  void histogram_whosePartsDoNotFit_isRefusedAlone(
      long count, int schema, int defect, String reason) {
    Consumer<ProtoWriter> more =
        it -> {
          if (schema != 0) {
            it.sint64(4, schema);
          }
          if (defect == 1) {
            it.message(11, span -> span.int64(2, 1));
          } else if (defect == 2) {
            it.sint64s(12, -1);
          }
        };
    var outcome =
        refused(
            receive(
                V2, seriesV2(SYMBOLS, UP, sample(T - 1, 1).andThen(histogram(3, count, more)))));
    assertThat(outcome.counts()).isEqualTo(new WriteReceiver.Outcome.Counts(1, 0, 0));
    assertThat(outcome.reasons())
        .containsExactly(
            "invalid histogram: " + reason + ": {__name__=\"up\", job=\"api\"} at " + T);
  }

  @Test
  void staleMarker_keepsItsBits() {
    receive(V1, seriesV1(List.of("__name__", "up"), sample(T, StaleMarker.VALUE)));
    SeriesSet all = store.select(List.of(LabelMatcher.equal("__name__", "up")), 0, T);
    var window = new SampleWindow();
    all.read(0, 0, T, window);
    assertThat(StaleMarker.is(window.value(0))).isTrue();
  }

  @ParameterizedTest
  @EnumSource(WriteVersion.class)
  void sampleThatCannotBeStored_isRefusedAlone(WriteVersion version) {
    var request =
        switch (version) {
          case V1 ->
              seriesV1(
                  List.of("__name__", "up", "job", "api"),
                  sample(T, 1)
                      .andThen(sample(T - 1, 2))
                      .andThen(sample(T, 1))
                      .andThen(sample(T, 3))
                      .andThen(sample(T + 600_001, 4))
                      .andThen(sample(T + 600_000, 5)));
          case V2 ->
              seriesV2(
                  SYMBOLS,
                  UP,
                  sample(T, 1)
                      .andThen(sample(T - 1, 2))
                      .andThen(sample(T, 1))
                      .andThen(sample(T, 3))
                      .andThen(sample(T + 600_001, 4))
                      .andThen(sample(T + 600_000, 5)));
        };
    var outcome = refused(receive(version == WriteVersion.V1 ? V1 : V2, request));
    assertThat(outcome.version()).isEqualTo(version);
    assertThat(outcome.counts()).isEqualTo(new WriteReceiver.Outcome.Counts(3, 0, 0));
    assertThat(outcome.reasons())
        .containsExactly(
            "out of order sample: {__name__=\"up\", job=\"api\"} at " + (T - 1),
            "duplicate sample for timestamp: {__name__=\"up\", job=\"api\"} at " + T,
            "out of bounds: more than 10m ahead of the clock of Pharos:"
                + " {__name__=\"up\", job=\"api\"} at "
                + (T + 600_001));
    assertThat(stored())
        .containsExactly(
            "{__name__=\"up\", job=\"api\"} 1.0@0", "{__name__=\"up\", job=\"api\"} 5.0@600000");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          job,api                  | found no metric name in {job="api"}
          __name__,                | found no metric name in {}
          __name__,up,'',api       | found a label without a name in {__name__="up"}
          __name__,up,job,a,job,b  | found duplicate label "job" in {__name__="up", job="b"}
          """)
  void v1_badLabels_areRefusedAndTheRestIsStored(String labels, String reason) {
    List<String> pairs =
        List.of(labels.split(",", -1)).stream().map(text -> text.replace("'", "")).toList();
    var outcome =
        refused(
            receive(
                V1,
                seriesV1(pairs, sample(T, 1))
                    .andThen(seriesV1(List.of("__name__", "good"), sample(T, 1)))));
    assertThat(outcome.counts().samples()).isEqualTo(1);
    assertThat(outcome.reasons()).containsExactly(reason);
    assertThat(stored()).containsExactly("{__name__=\"good\"} 1.0@0");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          1,2,3       | found 3 references to labels, expected pairs
          1,2,3,7     | found references 3 and 7, expected references within the symbols table of size 7
          1,2,-1,4    | references 18446744073709551615 and 4
          3,4         | found no metric name
          ''          | found no metric name
          1,2,3,4,3,5 | found duplicate label "job"
          1,2,0,4     | found a label without a name
          """)
  void v2_badReferences_areRefused(String refs, String reason) {
    long[] numbers =
        refs.replace("'", "").isEmpty()
            ? new long[0]
            : List.of(refs.split(",")).stream().mapToLong(Long::parseLong).toArray();
    var outcome = refused(receive(V2, seriesV2(SYMBOLS, numbers, sample(T, 1))));
    assertThat(outcome.counts().samples()).isZero();
    assertThat(outcome.reasons()).singleElement().asString().contains(reason);
    assertThat(stored()).isEmpty();
  }

  @Test
  void v2_metadataOutsideOfTheTable_isRefused() {
    var outcome =
        refused(
            receive(
                V2,
                seriesV2(
                    SYMBOLS,
                    UP,
                    sample(T, 1).andThen(series -> series.message(5, meta -> meta.int64(3, 9))))));
    assertThat(outcome.reasons().getFirst()).contains("found metadata that refers outside");
  }

  @Test
  void v2_firstSymbolNotEmpty_isMalformed() {
    var outcome = receive(V2, seriesV2(List.of("__name__", "up"), new long[] {0, 1}, sample(T, 1)));
    assertThat(outcome)
        .isEqualTo(
            new WriteReceiver.Outcome.Malformed("expected the empty string as the first symbol"));
  }

  @Test
  void labelThatIsNotUtf8_isRefusedAlone() {
    var outcome =
        refused(
            receive(
                V1,
                request ->
                    request.message(
                        1,
                        series -> {
                          series.message(
                              1, label -> label.string(1, "__name__").bytes(2, new byte[] {-1}));
                          sample(T, 1).accept(series);
                        })));
    assertThat(outcome.reasons().getFirst()).startsWith("found a label that is not valid UTF-8");
  }

  @Test
  void manyRefusals_tellTheFirstOnesAndTheirNumber() {
    Consumer<ProtoWriter> request = _ -> {};
    for (int i = 0; i < 30; i++) {
      request = request.andThen(seriesV1(List.of("job", "j" + i), sample(T, 1)));
    }
    var outcome = refused(receive(V1, request));
    assertThat(outcome.reasons()).hasSize(21).last().isEqualTo("and 10 more");
    assertThat(
            registry.get("pharos_remote_write_samples").tag("outcome", "refused").counter().count())
        .isEqualTo(30);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          application/json                                               | snappy | expected the Content-Type application/x-protobuf, found "application/json"
          image/png;proto=prometheus.WriteRequest                        | snappy | found "image/png;proto=prometheus.WriteRequest"
          application/x-protobuf;proto                                   | snappy | expected parameters of the form key=value
          application/x-protobuf;proto=io.prometheus.write.v3.Request    | snappy | expected the message prometheus.WriteRequest or io.prometheus.write.v2.Request, found "io.prometheus.write.v3.Request"
          application/x-protobuf                                         | gzip   | expected the Content-Encoding snappy, found "gzip"
          application/x-protobuf;proto=io.prometheus.write.v2.Request    | zstd   | found "zstd"
          """)
  void otherTypesAndEncodings_areUnsupported(String type, String encoding, String reason) {
    assertThat(receiver.receive("ann", type, encoding, new byte[] {'0'}))
        .isInstanceOfSatisfying(
            WriteReceiver.Outcome.Unsupported.class,
            it -> assertThat(it.reason()).contains(reason));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ''                                                              | ''
          application/x-protobuf                                          | ''
          application/x-protobuf;proto=prometheus.WriteRequest            | snappy
          Application/X-Protobuf; charset=utf-8; proto=prometheus.WriteRequest | snappy
          """)
  void version1_isAssumedWithoutHeaders(String type, String encoding) {
    var body = body(seriesV1(List.of("__name__", "up"), sample(T, 1)));
    assertThat(receiver.receive("ann", type.replace("'", ""), encoding.replace("'", ""), body))
        .isEqualTo(
            new WriteReceiver.Outcome.Written(
                WriteVersion.V1, new WriteReceiver.Outcome.Counts(1, 0, 0)));
  }

  @ParameterizedTest
  @EnumSource(WriteVersion.class)
  void damagedBodies_areMalformedAndNothingElseHappens(WriteVersion version) {
    String type = version == WriteVersion.V1 ? V1 : V2;
    byte[] message =
        version == WriteVersion.V1
            ? unpacked(seriesV1(List.of("__name__", "up", "job", "api"), sample(T, 1)))
            : unpacked(seriesV2(SYMBOLS, UP, sample(T, 1)));
    assertThat(receiver.receive("ann", type, "snappy", message))
        .isInstanceOf(WriteReceiver.Outcome.Malformed.class);
    var random = new Random(11);
    for (int round = 0; round < 3_000; round++) {
      byte[] damaged = message.clone();
      for (int i = 0; i <= random.nextInt(3); i++) {
        damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      }
      // Any result is fine, but no exception.
      assertThat(receiver.receive("ann", type, "snappy", Snappy.encode(damaged))).isNotNull();
    }
    assertThat(
            receiver.receive(
                "ann", type, "snappy", Snappy.encode(Arrays.copyOf(message, message.length - 1))))
        .isInstanceOf(WriteReceiver.Outcome.Malformed.class);
  }

  private static byte[] unpacked(Consumer<ProtoWriter> request) {
    return Snappy.decode(body(request), 1 << 20);
  }

  @Test
  void bodyThatHoldsTooMuch_isTooLarge() {
    var values = new MemoryBounds.Values(1, Map.of(MemoryBound.BODY, 1L << 20));
    var bounded =
        new WriteReceiver(
            store, metadata, () -> NOW, new MemoryBounds(values, () -> NOW, registry), registry);
    byte[] body = Snappy.encode(new byte[(1 << 20) + 1]);
    assertThat(WriteReceiver.uncompressedLength(body)).isEqualTo((1 << 20) + 1);
    assertThat(bounded.receive("ann", V1, "snappy", body))
        .isInstanceOfSatisfying(
            WriteReceiver.Outcome.TooLarge.class,
            it -> assertThat(it.reason()).contains("1048577", "--limits.body-bytes"));
  }

  @Test
  void sender_withEndlessNewSeries_leavesRoomForTheOthers(@TempDir Path folder) throws Exception {
    try (var tsdb =
        Tsdb.open(
            folder,
            TsdbOptions.defaults().with(draft -> draft.maxSeries = 160),
            () -> NOW,
            new SimpleMeterRegistry())) {
      var limited =
          new WriteReceiver(
              tsdb, metadata, () -> NOW, MemoryBounds.unbounded(), new SimpleMeterRegistry());
      for (String name : List.of("greedy", "greedier")) {
        assertThat(limited.receive("greedy", V1, "snappy", body(many(name, 160))))
            .isInstanceOf(WriteReceiver.Outcome.PartlyRefused.class);
      }
      assertThat(limited.receive("good", V1, "snappy", body(many("good", 30))))
          .isInstanceOf(WriteReceiver.Outcome.Written.class);
    }
  }

  private static Consumer<ProtoWriter> many(String name, int count) {
    Consumer<ProtoWriter> request = _ -> {};
    for (int i = 0; i < count; i++) {
      request = request.andThen(seriesV1(List.of("__name__", name + i), sample(T, 1)));
    }
    return request;
  }

  /// Two bytes each, and fifty times as much in memory.
  @ParameterizedTest
  @EnumSource(WriteVersion.class)
  void emptySeriesWithoutEnd_areTooLarge(WriteVersion version) {
    byte[] series = new byte[2 * ProtoReader.MAX_PARTS + 2];
    for (int i = 0; i < series.length; i += 2) {
      series[i] = (byte) (((version == WriteVersion.V1 ? 1 : 5) << 3) | 2);
    }
    byte[] packed = Snappy.encode(series);
    assertThat(receiver.receive("ann", version == WriteVersion.V1 ? V1 : V2, "snappy", packed))
        .isInstanceOfSatisfying(
            WriteReceiver.Outcome.TooLarge.class,
            it -> assertThat(it.reason()).contains("more than " + ProtoReader.MAX_PARTS));
  }

  @Test
  void storeOfFloatsOnly_refusesHistogramsAlone() {
    Appendable floats =
        () -> {
          Appender appender = store.appender();
          return new Appender() {
            @Override
            public AppendOutcome append(Labels labels, long time, double value, long startMillis) {
              return appender.append(labels, time, value);
            }

            @Override
            public AppendOutcome append(
                Labels labels, long time, Histogram histogram, long startMillis) {
              throw new UnsupportedOperationException("floats only");
            }

            @Override
            public void commit() {
              appender.commit();
            }

            @Override
            public void rollback() {
              appender.rollback();
            }

            @Override
            public void close() {
              appender.close();
            }
          };
        };
    var outcome =
        refused(
            new WriteReceiver(floats, metadata, () -> NOW, MemoryBounds.unbounded(), registry)
                .receive(
                    "ann",
                    V2,
                    "snappy",
                    body(seriesV2(SYMBOLS, UP, histogram(3, 7, _ -> {}).andThen(sample(T, 1))))));
    assertThat(outcome.counts()).isEqualTo(new WriteReceiver.Outcome.Counts(1, 0, 0));
    assertThat(outcome.reasons().getFirst()).startsWith("floats only: ");
  }
}
