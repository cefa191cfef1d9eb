package io.pharos.remote.otlp;

import static io.pharos.remote.otlp.OtlpRequests.NANOS;
import static io.pharos.remote.otlp.OtlpRequests.attribute;
import static io.pharos.remote.otlp.OtlpRequests.number;
import static io.pharos.remote.otlp.OtlpRequests.request;
import static io.pharos.remote.otlp.OtlpRequests.sum;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.opentelemetry.proto.collector.metrics.v1.ExportMetricsServiceRequest;
import io.opentelemetry.proto.common.v1.AnyValue;
import io.opentelemetry.proto.common.v1.ArrayValue;
import io.opentelemetry.proto.common.v1.KeyValue;
import io.opentelemetry.proto.common.v1.KeyValueList;
import io.opentelemetry.proto.metrics.v1.AggregationTemporality;
import io.opentelemetry.proto.metrics.v1.Exemplar;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogram;
import io.opentelemetry.proto.metrics.v1.ExponentialHistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Gauge;
import io.opentelemetry.proto.metrics.v1.Histogram;
import io.opentelemetry.proto.metrics.v1.HistogramDataPoint;
import io.opentelemetry.proto.metrics.v1.Metric;
import io.opentelemetry.proto.metrics.v1.Sum;
import io.opentelemetry.proto.metrics.v1.Summary;
import io.opentelemetry.proto.metrics.v1.SummaryDataPoint;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.remote.write.ReceivedMetadata;
import io.pharos.storage.Appendable;
import io.pharos.storage.Appender;
import io.pharos.storage.InMemoryStorage;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.reflect.Proxy;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.GZIPOutputStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OtlpReceiverTest {
  private static final String TYPE = "application/x-protobuf";
  private static final Instant NOW = OtlpRequests.NOW;
  private static final long T = NOW.toEpochMilli();
  private static final OtlpReceiver.Settings DEFAULT =
      new OtlpReceiver.Settings(List.of(), true, false);

  private final InMemoryStorage store = new InMemoryStorage();
  private final ReceivedMetadata metadata = new ReceivedMetadata();
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private OtlpReceiver.Settings settings = DEFAULT;
  private boolean full;

  private final MemoryBounds bounds =
      new MemoryBounds(
          new MemoryBounds.Values(1, Map.of(MemoryBound.BODY, 1L << 20)), () -> NOW, registry);
  private final OtlpReceiver receiver =
      new OtlpReceiver(
          () -> full ? failing(store) : store.appender(),
          metadata,
          () -> settings,
          () -> NOW,
          bounds,
          registry);

  /// An appender that accepts everything and fails at the commit.
  private static Appender failing(Appendable store) {
    Appender appender = store.appender();
    return (Appender)
        Proxy.newProxyInstance(
            Appender.class.getClassLoader(),
            new Class<?>[] {Appender.class},
            (_, method, arguments) -> {
              if (method.getName().equals("commit")) {
                throw new UncheckedIOException(new IOException("disk full"));
              }
              return method.invoke(appender, arguments);
            });
  }

  private OtlpReceiver.Outcome receive(ExportMetricsServiceRequest request) {
    return receiver.receive("ann", TYPE, "", request.toByteArray());
  }

  private static void assertStored(OtlpReceiver.Outcome outcome) {
    assertThat(outcome).isEqualTo(new OtlpReceiver.Outcome.Stored(0, List.of()));
  }

  private static OtlpReceiver.Outcome.Stored refused(OtlpReceiver.Outcome outcome, long points) {
    assertThat(outcome).isInstanceOf(OtlpReceiver.Outcome.Stored.class);
    var stored = (OtlpReceiver.Outcome.Stored) outcome;
    assertThat(stored.rejected()).isEqualTo(points);
    return stored;
  }

  /// All samples as `labels value@time`, with times relative to now.
  private List<String> stored() {
    return stored(store);
  }

  private static List<String> stored(InMemoryStorage store) {
    SeriesSet all =
        store.select(
            List.of(LabelMatcher.of(LabelMatcher.Type.REGEX, "__name__", ".+")), 0, Long.MAX_VALUE);
    var texts = new ArrayList<String>();
    for (int i = 0; i < all.size(); i++) {
      var window = new SampleWindow();
      all.read(i, 0, Long.MAX_VALUE, window);
      for (int at = 0; at < window.size(); at++) {
        Object value =
            window.histogram(at) == null ? (Object) window.value(at) : window.histogram(at);
        texts.add(shown(all.labels(i)) + " " + value + "@" + (window.timestamp(at) - T));
      }
    }
    return texts;
  }

  /// Writes the name before the braces.
  private static String shown(Labels labels) {
    String name = String.valueOf(labels.toMap().get("__name__"));
    String rest = labels.toString().replaceFirst("__name__=\"[^\"]*\"(, )?", "");
    return rest.equals("{}") ? name : name + rest;
  }

  private static Metric gauge(String name, String unit, double value, KeyValue... attributes) {
    return Metric.newBuilder()
        .setName(name)
        .setUnit(unit)
        .setDescription("helpful")
        .setGauge(Gauge.newBuilder().addDataPoints(number(value, 0, attributes)))
        .build();
  }

  @Test
  void numbers_becomeSeriesOfJobAndInstance() {
    assertStored(
        receive(
            request(
                List.of(
                    attribute("service.name", "checkout"),
                    attribute("service.namespace", "shop"),
                    attribute("service.instance.id", "i-1"),
                    attribute("host.name", "node-01")),
                gauge("queue.depth", "{message}", 3, attribute("queue name", "a\"b")),
                sum(
                    "http.requests",
                    "",
                    7,
                    0,
                    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE))));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "queue_depth{instance=\"i-1\", job=\"shop/checkout\", queue_name=\"a\\\"b\"} 3.0@0",
            "http_requests_total{instance=\"i-1\", job=\"shop/checkout\"} 7.0@0",
            "target_info{host_name=\"node-01\", instance=\"i-1\", job=\"shop/checkout\"} 1.0@0");
    assertThat(metadata.all())
        .extracting(it -> it.family() + " " + it.type() + " " + it.help() + " " + it.unit())
        .containsExactly("http_requests_total counter  ", "queue_depth gauge helpful {message}");
    assertThat(registry.get("pharos_otlp_points").tag("outcome", "written").counter().count())
        .isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      textBlock =
          """
          http.server.duration  | s       | GAUGE   | http_server_duration_seconds
          system.io             | By      | COUNTER | system_io_bytes_total
          system.io.bytes       | By      | COUNTER | system_io_bytes_total
          requests.total        | 1       | COUNTER | requests_total
          total.requests        | {req}   | COUNTER | requests_total
          cpu.utilization       | 1       | GAUGE   | cpu_utilization_ratio
          cpu.utilization       | %       | GAUGE   | cpu_utilization_percent
          speed                 | m/s     | GAUGE   | speed_meters_per_second
          speed                 | By/{op} | GAUGE   | speed_bytes
          rate                  | {op}/s  | GAUGE   | rate_per_second
          3xx                   | ~~      | GAUGE   | _3xx
          a..b--c               | ~~      | UP_DOWN | a_b_c
          größe                 | ~~      | GAUGE   | gr_e
          temp                  | Cel     | GAUGE   | temp_celsius
          x:y                   | foo-bar | GAUGE   | x:y_foo_bar
          :x                    | foo}    | GAUGE   | :x
          ops_second            | {op}/s  | GAUGE   | ops_second
          a@b[c]{d}~            | ~~      | GAUGE   | a_b_c_d
          """)
  void names_areThoseOfPrometheus(String name, String unit, OtlpMetric.Kind kind, String expected) {
    String given = unit == null ? "" : unit;
    assertThat(OtlpNames.metric(name, given, kind, true)).isEqualTo(expected);
  }

  @ParameterizedTest
  @CsvSource({
    "http.method,http_method",
    "0day,key_0day",
    "_private,key_private",
    "__meta,__meta",
    "a😀b,a_b",
    "\uDE00b,key_b",
    "'',''",
    "a@b[c]{d}~,a_b_c__d__"
  })
  void labels_areThoseOfPrometheus(String attribute, String label) {
    assertThat(OtlpNames.label(attribute)).isEqualTo(label);
  }

  @Test
  void settings_promoteKeepAndLeaveNames() {
    settings = new OtlpReceiver.Settings(List.of("deployment.environment", "absent"), false, true);
    assertStored(
        receive(
            request(
                List.of(
                    attribute("service.name", "a"), attribute("deployment.environment", "prod")),
                gauge("x.y", "s", 1),
                gauge("z", "s", 2, attribute("deployment.environment", "mine")))));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "x_y{deployment_environment=\"prod\", job=\"a\"} 1.0@0",
            "z{deployment_environment=\"mine\", job=\"a\"} 2.0@0",
            "target_info{deployment_environment=\"prod\", job=\"a\", service_name=\"a\"} 1.0@0");
  }

  @Test
  void attributesOfOtherTypes_areTexts_andThoseOfOneLabelAreJoined() {
    AnyValue list =
        AnyValue.newBuilder()
            .setArrayValue(
                ArrayValue.newBuilder()
                    .addValues(AnyValue.newBuilder().setIntValue(1))
                    .addValues(AnyValue.newBuilder().setStringValue("b")))
            .build();
    assertStored(
        receive(
            request(
                List.of(),
                gauge(
                    "g",
                    "",
                    1,
                    KeyValue.newBuilder().setKey("list").setValue(list).build(),
                    KeyValue.newBuilder()
                        .setKey("yes")
                        .setValue(AnyValue.newBuilder().setBoolValue(true))
                        .build(),
                    KeyValue.newBuilder()
                        .setKey("number")
                        .setValue(AnyValue.newBuilder().setDoubleValue(2.5))
                        .build(),
                    attribute("a.b", "1"),
                    attribute("a_b", "2")))));
    assertThat(stored())
        .containsExactly(
            "g{a_b=\"1;2\", list=\"[1,\\\"b\\\"]\", number=\"2.5\", yes=\"true\"} 1.0@0");
  }

  private static Metric histogram(
      AggregationTemporality temporality, long seconds, double... bounds) {
    var point =
        HistogramDataPoint.newBuilder()
            .setTimeUnixNano(NANOS + seconds * 1_000_000_000L)
            .setCount(6)
            .setSum(10.5)
            .addExemplars(Exemplar.newBuilder().setAsDouble(1));
    for (double bound : bounds) {
      point.addExplicitBounds(bound);
      point.addBucketCounts(2);
    }
    point.addBucketCounts(6 - 2L * bounds.length);
    return Metric.newBuilder()
        .setName("latency")
        .setUnit("s")
        .setHistogram(
            Histogram.newBuilder().setAggregationTemporality(temporality).addDataPoints(point))
        .build();
  }

  @Test
  void histogramsOfBounds_areClassicOnes() {
    assertStored(
        receive(
            request(
                List.of(),
                histogram(
                    AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE,
                    0,
                    0.5,
                    1_000_000))));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "latency_seconds_bucket{le=\"0.5\"} 2.0@0",
            "latency_seconds_bucket{le=\"1000000\"} 4.0@0",
            "latency_seconds_bucket{le=\"+Inf\"} 6.0@0",
            "latency_seconds_count 6.0@0",
            "latency_seconds_sum 10.5@0");
    assertThat(registry.get("pharos_otlp_exemplars_dropped").counter().count()).isEqualTo(1);
  }

  @Test
  void differences_areSummed_eachOnce() {
    var delta = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;
    assertStored(
        receive(request(List.of(), sum("c", "", 5, -20, delta), histogram(delta, -20, 1))));
    assertStored(
        receive(request(List.of(), sum("c", "", 2, -10, delta), histogram(delta, -10, 1))));
    OtlpReceiver.Outcome.Stored again =
        refused(receive(request(List.of(), sum("c", "", 2, -10, delta))), 1);
    assertThat(again.reasons().getFirst())
        .contains("c_total: a delta point with the same or a later time");
    assertStored(receive(request(List.of(), histogram(delta, 0, 3))));
    assertThat(stored())
        .contains(
            "c_total 5.0@-20000",
            "c_total 7.0@-10000",
            "latency_seconds_count 6.0@-20000",
            "latency_seconds_count 12.0@-10000",
            "latency_seconds_bucket{le=\"1\"} 4.0@-10000",
            "latency_seconds_sum 21.0@-10000")
        .as("other bounds begin anew")
        .contains("latency_seconds_count 6.0@0", "latency_seconds_bucket{le=\"3\"} 2.0@0");
    assertThat(registry.get("pharos_otlp_delta_series").gauge().value()).isEqualTo(2);
  }

  @Test
  void differencesThatWereNotStored_areNotCounted() {
    var delta = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;
    assertStored(receive(request(List.of(), sum("c", "", 5, -20, delta))));
    full = true;
    assertThat(catchThrowable(() -> receive(request(List.of(), sum("c", "", 2, -10, delta)))))
        .isInstanceOf(UncheckedIOException.class);
    full = false;
    assertStored(receive(request(List.of(), sum("c", "", 2, -10, delta))));
    assertThat(stored()).containsExactly("c_total 5.0@-20000", "c_total 7.0@-10000");
  }

  private static Metric exponential(
      AggregationTemporality temporality, int scale, long seconds, long... counts) {
    var positive = ExponentialHistogramDataPoint.Buckets.newBuilder().setOffset(-1);
    long count = 1;
    for (long one : counts) {
      positive.addBucketCounts(one);
      count += one;
    }
    return Metric.newBuilder()
        .setName("size")
        .setUnit("By")
        .setExponentialHistogram(
            ExponentialHistogram.newBuilder()
                .setAggregationTemporality(temporality)
                .addDataPoints(
                    ExponentialHistogramDataPoint.newBuilder()
                        .setTimeUnixNano(NANOS + seconds * 1_000_000_000L)
                        .setScale(scale)
                        .setZeroCount(1)
                        .setCount(count)
                        .setSum(9)
                        .setPositive(positive)))
        .build();
  }

  @Test
  void exponentialHistograms_areNativeOnes() {
    var cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
    assertStored(receive(request(List.of(), exponential(cumulative, 0, 0, 1, 0, 3))));
    assertThat(stored())
        .containsExactly("size_bytes {count:5, sum:9, [-1e-128,1e-128]:1, (0.5,1]:1, (2,4]:3}@0");
  }

  @Test
  void exponentialHistograms_finerThanIsStored_areCoarsened_andTooCoarseOnesRefused() {
    var cumulative = AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
    assertStored(receive(request(List.of(), exponential(cumulative, 9, 0, 4, 4))));
    assertThat(stored().getFirst()).contains("count:9").contains("]:4");
    assertThat(refused(receive(request(List.of(), exponential(cumulative, -5, 0, 1))), 1).reasons())
        .containsExactly("size_bytes: found scale -5, expected at least -4");
  }

  @Test
  void differencesOfExponentialHistograms_areSummedAtTheCoarserScale() {
    var delta = AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;
    assertStored(receive(request(List.of(), exponential(delta, 0, -10, 1, 0, 3))));
    assertStored(receive(request(List.of(), exponential(delta, 0, 0, 1, 2))));
    assertThat(stored().getLast())
        .isEqualTo(
            "size_bytes {count:9, sum:18, [-1e-128,1e-128]:2, (0.5,1]:2, (1,2]:2, (2,4]:3}@0");
  }

  @Test
  void summariesAndGaps_areStored() {
    Metric summary =
        Metric.newBuilder()
            .setName("s")
            .setSummary(
                Summary.newBuilder()
                    .addDataPoints(
                        SummaryDataPoint.newBuilder()
                            .setTimeUnixNano(NANOS)
                            .setCount(3)
                            .setSum(6)
                            .addQuantileValues(
                                SummaryDataPoint.ValueAtQuantile.newBuilder()
                                    .setQuantile(0.5)
                                    .setValue(2))))
            .build();
    Metric gap =
        Metric.newBuilder()
            .setName("gone")
            .setGauge(
                Gauge.newBuilder().addDataPoints(number(0, 0).toBuilder().setFlags(1).build()))
            .build();
    assertStored(receive(request(List.of(), summary, gap)));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "s{quantile=\"0.5\"} 2.0@0", "s_count 3.0@0", "s_sum 6.0@0", "gone NaN@0");
  }

  @Test
  void pointsThatCantBeStored_areToldAndTheOthersAre() {
    assertStored(receive(request(List.of(), gauge("a", "", 1))));
    OtlpReceiver.Outcome.Stored partly =
        refused(
            receive(
                request(
                    List.of(),
                    Metric.newBuilder()
                        .setName("a")
                        .setGauge(Gauge.newBuilder().addDataPoints(number(1, -60)))
                        .build(),
                    gauge("b", "", 2),
                    Metric.newBuilder()
                        .setName("late")
                        .setGauge(Gauge.newBuilder().addDataPoints(number(1, 3600)))
                        .build(),
                    sum(
                        "u",
                        "",
                        1,
                        0,
                        AggregationTemporality.AGGREGATION_TEMPORALITY_UNSPECIFIED))),
            3);
    assertThat(partly.reasons())
        .anySatisfy(it -> assertThat(it).startsWith("out of order sample: {__name__=\"a\"}"))
        .anySatisfy(it -> assertThat(it).startsWith("out of bounds"))
        .contains("u: found no aggregation temporality, expected delta or cumulative");
    assertThat(stored()).containsExactlyInAnyOrder("a 1.0@0", "b 2.0@0");
    assertThat(registry.get("pharos_otlp_points").tag("outcome", "refused").counter().count())
        .isEqualTo(3);
  }

  @Test
  void bodies_areAcceptedPlainAndCompressed_andNoOthers() throws IOException {
    byte[] body = request(List.of(), gauge("a", "", 1)).toByteArray();
    assertStored(receiver.receive("ann", TYPE + "; charset=utf-8", "gzip", gzip(body)));
    assertThat(receiver.receive("ann", "text/json", "", body))
        .isInstanceOf(OtlpReceiver.Outcome.Unsupported.class);
    assertThat(receiver.receive("ann", TYPE, "zstd", body))
        .isInstanceOf(OtlpReceiver.Outcome.Unsupported.class);
    assertThat(receiver.receive("ann", TYPE, "gzip", body))
        .isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
    assertThat(receiver.receive("ann", TYPE, "", new byte[] {10, 99}))
        .isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
  }

  private static byte[] gzip(byte[] content) throws IOException {
    var packed = new ByteArrayOutputStream();
    try (var gzip = new GZIPOutputStream(packed)) {
      gzip.write(content);
    }
    return packed.toByteArray();
  }

  @Test
  void body_uncompressedBeyondTheBoundOfBodies_isTooLarge() throws IOException {
    assertThat(receiver.receive("ann", TYPE, "gzip", gzip(new byte[(1 << 20) + 1])))
        .isInstanceOfSatisfying(
            OtlpReceiver.Outcome.TooLarge.class,
            it -> assertThat(it.reason()).contains("1048577", "--limits.body-bytes"));
    assertThat(registry.get("pharos_limit_refusals").tag("limit", "body").counter().count())
        .isOne();
  }

  @Test
  void body_thatContainsMoreThanItStates_isMalformedAndNotUncompressed() throws IOException {
    byte[] body = gzip(new byte[100 << 20]);
    Arrays.fill(body, body.length - 4, body.length, (byte) 0);
    body[body.length - 4] = 9;
    assertThat(OtlpReceiver.uncompressedLength("gzip", body)).isEqualTo(body.length);
    assertThat(receiver.receive("ann", TYPE, "gzip", body))
        .isEqualTo(
            new OtlpReceiver.Outcome.Malformed(
                "the body is not gzip: expected the "
                    + body.length
                    + " bytes that it states, found more"));
  }

  @Test
  void length_ofABody_isTheOneThatItStatesIfItIsPossible() throws IOException {
    byte[] body = gzip(new byte[100_000]);
    assertThat(OtlpReceiver.uncompressedLength(" GZIP ", body)).isEqualTo(100_000);
    assertThat(OtlpReceiver.uncompressedLength("", body)).isEqualTo(body.length);
    assertThat(OtlpReceiver.uncompressedLength("gzip", new byte[20])).isEqualTo(20);
    assertThat(OtlpReceiver.uncompressedLength("gzip", new byte[0])).isZero();
    body[body.length - 1] = -1;
    assertThat(OtlpReceiver.uncompressedLength("gzip", body)).isEqualTo(body.length);
  }

  @Test
  void body_emptyAndCompressed_isStored() throws IOException {
    assertStored(receiver.receive("ann", TYPE, "gzip", gzip(new byte[0])));
  }

  @Test
  void sums_areBoundedAndForgotten() throws Exception {
    var sums = new DeltaSums(1);
    var point = deltaPoint(1, 2);
    assertThat(sums.add(Labels.of("__name__", "a"), point, 0)).isEqualTo(2);
    sums.commit();
    assertThat(catchThrowable(() -> sums.add(Labels.of("__name__", "b"), point, 1000)))
        .isInstanceOf(DeltaSums.Refused.class)
        .hasMessageContaining("the limit of 1 series");
    long later = DeltaSums.FORGET_AFTER.toMillis() + 1;
    assertThat(sums.add(Labels.of("__name__", "b"), point, later)).isEqualTo(2);
    sums.commit();
    assertThat(sums.size()).isEqualTo(1);
  }

  private static final AggregationTemporality CUMULATIVE =
      AggregationTemporality.AGGREGATION_TEMPORALITY_CUMULATIVE;
  private static final AggregationTemporality DELTA =
      AggregationTemporality.AGGREGATION_TEMPORALITY_DELTA;

  private static AnyValue list(AnyValue... values) {
    return AnyValue.newBuilder()
        .setArrayValue(ArrayValue.newBuilder().addAllValues(List.of(values)))
        .build();
  }

  private static AnyValue text(String text) {
    return AnyValue.newBuilder().setStringValue(text).build();
  }

  private static KeyValue valued(String key, AnyValue value) {
    return KeyValue.newBuilder().setKey(key).setValue(value).build();
  }

  private static AnyValue value(String type, String text) {
    var value = AnyValue.newBuilder();
    return switch (type) {
      case "bool" -> value.setBoolValue(Boolean.parseBoolean(text)).build();
      case "int" -> value.setIntValue(Long.parseLong(text)).build();
      case "double" -> value.setDoubleValue(Double.parseDouble(text)).build();
      case "bytes" -> value.setBytesValue(ByteString.copyFromUtf8(text)).build();
      case "list" -> list(text(text), value.build());
      case "map" ->
          value
              .setKvlistValue(
                  KeyValueList.newBuilder()
                      .addValues(valued("b", text(text)))
                      .addValues(valued("a", AnyValue.newBuilder().setBoolValue(true).build()))
                      .addValues(valued("in", list(text("x")))))
              .build();
      default -> value.build();
    };
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '~',
      value = {
        "bool|false|a=\"false\"",
        "int|-7|a=\"-7\"",
        "double|3|a=\"3\"",
        "double|-0.25|a=\"-0.25\"",
        "double|1e15|a=\"1.0E15\"",
        "double|-1e300|a=\"-1.0E300\"",
        "double|NaN|a=\"NaN\"",
        "double|Infinity|a=\"Infinity\"",
        "bytes|hi|a=\"aGk=\"",
        "list|x|a=\"[\\\"x\\\",null]\"",
        "map|x|a=\"{\\\"b\\\":\\\"x\\\",\\\"a\\\":true,\\\"in\\\":[\\\"x\\\"]}\"",
        "none|x|",
      })
  void attributeOfAType_becomesATextAsLabel(String type, String text, @Nullable String label) {
    assertStored(receive(request(List.of(), gauge("g", "", 1, valued("a", value(type, text))))));
    assertThat(stored()).containsExactly(label == null ? "g 1.0@0" : "g{" + label + "} 1.0@0");
  }

  @Test
  void attributeOfListsWithinLists_isCutOffWhereItIsTooDeep() {
    AnyValue nested = text("bottom");
    AnyValue shallow = nested;
    for (int i = 0; i < 12; i++) {
      nested = list(nested);
      shallow = i < 9 ? list(shallow) : shallow;
    }
    assertStored(
        receive(
            request(
                List.of(), gauge("g", "", 1, valued("deep", nested), valued("flat", shallow)))));
    assertThat(stored())
        .containsExactly(
            "g{deep=\""
                + "[".repeat(10)
                + "null"
                + "]".repeat(10)
                + "\", flat=\""
                + "[".repeat(9)
                + "\\\"bottom\\\""
                + "]".repeat(9)
                + "\"} 1.0@0");
  }

  /// The same message, with an unknown field in each of its messages.
  private static Message later(Message message) {
    Message.Builder builder = message.toBuilder();
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              if (value instanceof Message one) {
                builder.setField(field, later(one));
              } else if (value instanceof List<?> many
                  && field.getJavaType() == Descriptors.FieldDescriptor.JavaType.MESSAGE) {
                builder.setField(field, many.stream().map(it -> later((Message) it)).toList());
              }
            });
    return builder
        .setUnknownFields(
            UnknownFieldSet.newBuilder()
                .addField(
                    999,
                    UnknownFieldSet.Field.newBuilder()
                        .addVarint(7)
                        .addLengthDelimited(ByteString.copyFromUtf8("later"))
                        .build())
                .build())
        .build();
  }

  private static Metric summary(int flags) {
    return Metric.newBuilder()
        .setName("s")
        .setSummary(
            Summary.newBuilder()
                .addDataPoints(
                    SummaryDataPoint.newBuilder()
                        .setTimeUnixNano(NANOS)
                        .setCount(3)
                        .setSum(6)
                        .setFlags(flags)
                        .addAttributes(attribute("route", "/a"))
                        .addQuantileValues(
                            SummaryDataPoint.ValueAtQuantile.newBuilder()
                                .setQuantile(0.5)
                                .setValue(2))
                        .addQuantileValues(
                            SummaryDataPoint.ValueAtQuantile.newBuilder()
                                .setQuantile(1)
                                .setValue(4))))
        .build();
  }

  @Test
  void requestOfALaterVersion_isStoredWithoutWhatIsNew() {
    ExportMetricsServiceRequest request =
        request(
            List.of(attribute("service.name", "a"), attribute("zone", "z")),
            gauge("g", "", 1, valued("map", value("map", "x")), valued("l", list(text("y")))),
            sum("c", "", 5, 0, CUMULATIVE),
            histogram(CUMULATIVE, 0, 0.5),
            exponential(CUMULATIVE, 0, 0, 1, 0, 3),
            summary(0));
    assertStored(receiver.receive("ann", TYPE, "", later(request).toByteArray()));
    List<String> withMore = stored();
    assertThat(withMore)
        .contains(
            "target_info{job=\"a\", zone=\"z\"} 1.0@0",
            "c_total{job=\"a\"} 5.0@0",
            "latency_seconds_bucket{job=\"a\", le=\"0.5\"} 2.0@0",
            "s{job=\"a\", quantile=\"0.5\", route=\"/a\"} 2.0@0",
            "s_sum{job=\"a\", route=\"/a\"} 6.0@0")
        .hasSize(12);

    var plain = new InMemoryStorage();
    var other =
        new OtlpReceiver(
            plain::appender,
            new ReceivedMetadata(),
            () -> DEFAULT,
            () -> NOW,
            MemoryBounds.unbounded(),
            registry());
    assertStored(other.receive("ann", TYPE, "", request.toByteArray()));
    assertThat(stored(plain)).isEqualTo(withMore);
  }

  private static SimpleMeterRegistry registry() {
    return new SimpleMeterRegistry();
  }

  @Test
  void summaryOfAGap_endsEachOfItsSeries() {
    assertStored(receive(request(List.of(), summary(1))));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "s{quantile=\"0.5\", route=\"/a\"} NaN@0",
            "s{quantile=\"1\", route=\"/a\"} NaN@0",
            "s_count{route=\"/a\"} NaN@0",
            "s_sum{route=\"/a\"} NaN@0");
  }

  private static Metric buckets(
      AggregationTemporality temporality, long seconds, int flags, String bounds, String counts) {
    var point =
        HistogramDataPoint.newBuilder()
            .setTimeUnixNano(NANOS + seconds * 1_000_000_000L)
            .setCount(4)
            .setFlags(flags)
            .addAttributes(attribute("route", "/a"));
    for (String bound : bounds.isEmpty() ? new String[0] : bounds.split(" ", -1)) {
      point.addExplicitBounds(Double.parseDouble(bound));
    }
    for (String count : counts.isEmpty() ? new String[0] : counts.split(" ", -1)) {
      point.addBucketCounts(Long.parseLong(count));
    }
    return Metric.newBuilder()
        .setName("h")
        .setHistogram(
            Histogram.newBuilder().setAggregationTemporality(temporality).addDataPoints(point))
        .build();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1 2|1 3|found 2 buckets for 2 bounds, expected one bucket more than bounds",
        "1|''|found 0 buckets for 1 bounds, expected one bucket more than bounds",
        "''|1 3|found 2 buckets for 0 bounds, expected one bucket more than bounds",
        "2 1|1 1 2|found bounds that do not ascend",
        "1 1|1 1 2|found bounds that do not ascend",
        "1 NaN|1 1 2|found bounds that do not ascend",
      })
  void histogramWhoseBucketsDoNotFit_isRefused_andTheOthersAreStored(
      String bounds, String counts, String reason) {
    OtlpReceiver.Outcome.Stored outcome =
        refused(
            receive(
                request(List.of(), buckets(CUMULATIVE, 0, 0, bounds, counts), gauge("g", "", 1))),
            1);
    assertThat(outcome.reasons()).containsExactly("h: " + reason);
    assertThat(stored()).containsExactly("g 1.0@0");
  }

  @Test
  void histogramWithoutSumAndBuckets_hasItsCount() {
    assertStored(
        receive(
            request(
                List.of(),
                buckets(CUMULATIVE, -10, 0, "", ""),
                buckets(CUMULATIVE, 0, 0, "", "4"))));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "h_bucket{le=\"+Inf\", route=\"/a\"} 4.0@-10000",
            "h_bucket{le=\"+Inf\", route=\"/a\"} 4.0@0",
            "h_count{route=\"/a\"} 4.0@-10000",
            "h_count{route=\"/a\"} 4.0@0");
  }

  @Test
  void histogramOfAGap_endsItsSeries_andAddsNothingToSums() {
    assertStored(receive(request(List.of(), buckets(DELTA, -20, 0, "1", "1 3"))));
    assertStored(receive(request(List.of(), buckets(DELTA, -10, 1, "1", ""))));
    assertStored(receive(request(List.of(), buckets(DELTA, 0, 0, "1", "1 3"))));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "h_bucket{le=\"1\", route=\"/a\"} 1.0@-20000",
            "h_bucket{le=\"1\", route=\"/a\"} NaN@-10000",
            "h_bucket{le=\"1\", route=\"/a\"} 2.0@0",
            "h_bucket{le=\"+Inf\", route=\"/a\"} 4.0@-20000",
            "h_bucket{le=\"+Inf\", route=\"/a\"} NaN@-10000",
            "h_bucket{le=\"+Inf\", route=\"/a\"} 8.0@0",
            "h_count{route=\"/a\"} 4.0@-20000",
            "h_count{route=\"/a\"} NaN@-10000",
            "h_count{route=\"/a\"} 8.0@0");
  }

  @Test
  void differencesOfWhichOneHasNoSum_haveNone() {
    assertStored(receive(request(List.of(), histogram(DELTA, -20, 1))));
    Metric second = histogram(DELTA, -10, 1);
    HistogramDataPoint.Builder bare = second.getHistogram().getDataPoints(0).toBuilder().clearSum();
    assertStored(
        receive(
            request(
                List.of(),
                second.toBuilder()
                    .setHistogram(second.getHistogram().toBuilder().setDataPoints(0, bare))
                    .build())));
    assertStored(receive(request(List.of(), histogram(DELTA, 0, 1))));
    assertThat(stored())
        .contains("latency_seconds_count 18.0@0", "latency_seconds_bucket{le=\"1\"} 6.0@0")
        .filteredOn(it -> it.startsWith("latency_seconds_sum"))
        .containsExactly("latency_seconds_sum 10.5@-20000");
  }

  private static Metric natively(
      AggregationTemporality temporality, long seconds, int scale, int flags) {
    return Metric.newBuilder()
        .setName("n")
        .setExponentialHistogram(
            ExponentialHistogram.newBuilder()
                .setAggregationTemporality(temporality)
                .addDataPoints(
                    ExponentialHistogramDataPoint.newBuilder()
                        .setTimeUnixNano(NANOS + seconds * 1_000_000_000L)
                        .setScale(scale)
                        .setCount(3)
                        .setZeroCount(1)
                        .setZeroThreshold(0.25)
                        .setFlags(flags)
                        .addAttributes(attribute("route", "/a"))
                        .addExemplars(Exemplar.newBuilder().setAsDouble(1))
                        .setNegative(
                            ExponentialHistogramDataPoint.Buckets.newBuilder()
                                .setOffset(1)
                                .addBucketCounts(2))))
        .build();
  }

  @Test
  void exponentialHistogramOfNegativeValues_hasItsBucketsThresholdAndLabels() {
    assertStored(receive(request(List.of(), natively(CUMULATIVE, 0, 0, 0))));
    assertThat(stored())
        .containsExactly("n{route=\"/a\"} {count:3, sum:0, [-4,-2):2, [-0.25,0.25]:1}@0");
    assertThat(registry.get("pharos_otlp_exemplars_dropped").counter().count()).isEqualTo(1);
  }

  @Test
  void exponentialHistogramOfAGap_endsTheSeries() {
    assertStored(receive(request(List.of(), natively(DELTA, -10, 0, 0), natively(DELTA, 0, 0, 1))));
    assertThat(stored()).hasSize(2).last().isEqualTo("n{route=\"/a\"} NaN@0");
  }

  @Test
  void exponentialHistogramOfAnAbsurdScale_isRefused() {
    assertThat(refused(receive(request(List.of(), natively(CUMULATIVE, 0, 40, 0))), 1).reasons())
        .containsExactly("n: found scale 40, expected at most 39");
  }

  @Test
  void sumThatIsNotMonotonic_isAGauge_howeverThatIsSaid() {
    Sum.Builder sum =
        Sum.newBuilder().setAggregationTemporality(CUMULATIVE).addDataPoints(number(4, 0));
    // Some encoders write fields with default values.
    Sum.Builder said =
        sum.clone()
            .setUnknownFields(
                UnknownFieldSet.newBuilder()
                    .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(0).build())
                    .build());
    assertStored(
        receive(
            request(
                List.of(),
                Metric.newBuilder().setName("unsaid").setSum(sum).build(),
                Metric.newBuilder().setName("said").setSum(said).build())));
    assertThat(stored()).containsExactlyInAnyOrder("unsaid 4.0@0", "said 4.0@0");
  }

  @Test
  void gaugeWithTheFieldsOfASum_isAGauge() {
    var more =
        UnknownFieldSet.newBuilder()
            .addField(2, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .addField(3, UnknownFieldSet.Field.newBuilder().addVarint(1).build())
            .build();
    assertStored(
        receive(
            request(
                List.of(),
                Metric.newBuilder()
                    .setName("g")
                    .setGauge(Gauge.newBuilder().addDataPoints(number(4, 0)).setUnknownFields(more))
                    .build())));
    assertThat(stored()).containsExactly("g 4.0@0");
    assertThat(registry.get("pharos_otlp_delta_series").gauge().value()).isZero();
  }

  @Test
  void temporalityOfALaterVersion_isRefused() {
    var sum =
        Sum.newBuilder().setAggregationTemporalityValue(7).addDataPoints(number(4, 0)).build();
    assertThat(
            refused(
                    receive(
                        request(List.of(), Metric.newBuilder().setName("c").setSum(sum).build())),
                    1)
                .reasons())
        .containsExactly("c: found no aggregation temporality, expected delta or cumulative");
  }

  @Test
  void countsBeyondTheSignBit_areNotNegative() {
    Metric metric = buckets(CUMULATIVE, 0, 0, "", "");
    HistogramDataPoint.Builder huge =
        metric.getHistogram().getDataPoints(0).toBuilder().setCount(-1L);
    assertStored(
        receive(
            request(
                List.of(),
                metric.toBuilder()
                    .setHistogram(metric.getHistogram().toBuilder().setDataPoints(0, huge))
                    .build())));
    assertThat(stored()).contains("h_count{route=\"/a\"} 1.8446744073709552E19@0");
  }

  @ParameterizedTest
  @CsvSource({"''", "öß-", "...", "/"})
  void metricWithoutAName_isRefusedWithAllItsPoints(String name) {
    Metric metric =
        gauge(name, "", 1).toBuilder()
            .setGauge(Gauge.newBuilder().addDataPoints(number(1, 0)).addDataPoints(number(2, 0)))
            .build();
    OtlpReceiver.Outcome.Stored outcome =
        refused(receive(request(List.of(), metric, gauge("g", "", 1))), 2);
    assertThat(outcome.reasons()).containsExactly("found a metric without a name");
    assertThat(stored()).containsExactly("g 1.0@0");
  }

  @Test
  void resourceOfWhichNothingIsKnownOrTold_hasNoTargetInfo() {
    assertStored(
        receive(
            request(
                List.of(attribute("service.name", "idle"), attribute("zone", "z")),
                Metric.newBuilder().setName("g").setGauge(Gauge.getDefaultInstance()).build())));
    assertStored(receive(request(List.of(attribute("zone", "z")), gauge("a", "", 1))));
    assertStored(receive(request(List.of(attribute("service.name", "x")), gauge("b", "", 1))));
    assertThat(stored()).containsExactlyInAnyOrder("a 1.0@0", "b{job=\"x\"} 1.0@0");
  }

  @Test
  void exemplarsOfNumbers_areCountedAsDropped() {
    assertStored(
        receive(
            request(
                List.of(),
                Metric.newBuilder()
                    .setName("g")
                    .setGauge(
                        Gauge.newBuilder()
                            .addDataPoints(
                                number(1, 0).toBuilder()
                                    .addExemplars(Exemplar.newBuilder().setAsDouble(1))
                                    .addExemplars(Exemplar.newBuilder().setAsInt(2))))
                    .build())));
    assertThat(registry.get("pharos_otlp_exemplars_dropped").counter().count()).isEqualTo(2);
  }

  @Test
  void requestThatIsCutOff_isMalformedAtEveryLength_andNothingIsStored() {
    byte[] whole =
        request(List.of(attribute("service.name", "a")), gauge("g", "", 1)).toByteArray();
    for (int length = 1; length < whole.length; length++) {
      assertThat(receiver.receive("ann", TYPE, "", Arrays.copyOf(whole, length)))
          .as("%d of %d bytes", length, whole.length)
          .isInstanceOf(OtlpReceiver.Outcome.Malformed.class);
    }
    assertThat(stored()).isEmpty();
  }

  @Test
  void emptyRequest_isStoredAsNothing() {
    assertStored(receiver.receive("ann", TYPE, "identity", new byte[0]));
    assertThat(stored()).isEmpty();
  }

  @Test
  void differencesOfASeriesThatChangesItsKind_beginAnew() {
    Metric number =
        Metric.newBuilder()
            .setName("h")
            .setSum(Sum.newBuilder().setAggregationTemporality(DELTA).addDataPoints(number(5, -20)))
            .build();
    Metric histogram = histogram(DELTA, -10).toBuilder().setName("h").setUnit("").build();
    Metric later =
        number.toBuilder()
            .setSum(number.getSum().toBuilder().setDataPoints(0, number(3, 0)))
            .build();
    assertStored(receive(request(List.of(), number, histogram, later)));
    assertThat(stored())
        .containsExactlyInAnyOrder(
            "h 5.0@-20000",
            "h 3.0@0",
            "h_bucket{le=\"+Inf\"} 6.0@-10000",
            "h_count 6.0@-10000",
            "h_sum 10.5@-10000");
  }

  @Test
  void differencesOfHistograms_thatLoseTheirBuckets_beginAnew() {
    assertStored(receive(request(List.of(), buckets(DELTA, -20, 0, "", "4"))));
    assertStored(receive(request(List.of(), buckets(DELTA, -10, 0, "", ""))));
    assertStored(receive(request(List.of(), buckets(DELTA, 0, 0, "", ""))));
    assertThat(stored())
        .contains(
            "h_count{route=\"/a\"} 4.0@-20000",
            "h_count{route=\"/a\"} 4.0@-10000",
            "h_count{route=\"/a\"} 8.0@0");
  }

  @Test
  void sums_thatAreStillAddedTo_areKeptWhenOthersAreForgotten() throws Exception {
    var sums = new DeltaSums(2);
    Labels busy = Labels.of("__name__", "busy");
    sums.add(busy, deltaPoint(1, 2), 0);
    sums.add(Labels.of("__name__", "idle"), deltaPoint(1, 2), 0);
    sums.commit();
    long later = DeltaSums.FORGET_AFTER.toMillis();
    sums.add(busy, deltaPoint(2, 3), later);
    sums.commit();
    var third = deltaPoint(3, 4);
    assertThat(sums.add(Labels.of("__name__", "new"), third, later + 1)).isEqualTo(4);
    assertThat(sums.add(busy, third, later + 1)).isEqualTo(9);
    sums.commit();
    assertThat(sums.size()).isEqualTo(2);
    assertThat(catchThrowable(() -> sums.add(Labels.of("__name__", "more"), third, later - 60_000)))
        .as("a clock that is set back forgets nothing that was added since")
        .isInstanceOf(DeltaSums.Refused.class);
    assertThat(sums.size()).isEqualTo(2);
  }

  private static OtlpPoint.Number deltaPoint(long time, double value) {
    return new OtlpPoint.Number(
        new OtlpPoint.Common(new TreeMap<>(), time, false, 0, List.of()), value);
  }
}
