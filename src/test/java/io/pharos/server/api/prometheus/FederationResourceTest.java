package io.pharos.server.api.prometheus;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.ingest.exposition.ExpositionException;
import io.pharos.ingest.exposition.Format;
import io.pharos.ingest.exposition.PageParser;
import io.pharos.ingest.exposition.RawText;
import io.pharos.ingest.exposition.SampleSink;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.QueryWorks;
import io.pharos.server.api.ServiceStatus;
import io.pharos.storage.InMemoryStorage;
import io.pharos.tsdb.Tsdb;
import jakarta.ws.rs.core.MultivaluedHashMap;
import jakarta.ws.rs.core.Response;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FederationResourceTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00Z");
  private static final long T = NOW.toEpochMilli();

  private final InMemoryStorage store = new InMemoryStorage();
  private final FederationResource resource =
      new FederationResource(
          store,
          new FixedStatus(),
          () -> NOW,
          new LargeAnswers(MemoryBounds.unbounded(), QueryWorks.roomy()));

  private record FixedStatus() implements ServiceStatus {
    @Override
    public String version() {
      return "1";
    }

    @Override
    public Instant startedAt() {
      return NOW;
    }

    @Override
    public boolean isReady() {
      return true;
    }

    @Override
    public String externalUrl() {
      return "http://127.0.0.1:9095";
    }

    @Override
    public Map<String, String> flags() {
      return Map.of();
    }

    @Override
    public String configYaml() {
      return "";
    }

    @Override
    public Optional<FailedReload> failedReload() {
      return Optional.empty();
    }

    @Override
    public Instant lastReloadAt() {
      return NOW;
    }

    @Override
    public Labels externalLabels() {
      return Labels.of("cluster", "c\"1", "job", "external");
    }

    @Override
    public Duration lookback() {
      return Duration.ofMinutes(5);
    }

    @Override
    public List<String> alertmanagers() {
      return List.of();
    }

    @Override
    public Tsdb.HeadStats headStats() {
      return new Tsdb.HeadStats(List.of(), 0, Long.MAX_VALUE, Long.MIN_VALUE);
    }

    @Override
    public String retention() {
      return "15d";
    }

    @Override
    public void reload() {}
  }

  private void add(long time, double value, String... labels) {
    try (var appender = store.appender()) {
      appender.append(Labels.of(labels), time, value);
      appender.commit();
    }
  }

  private Response federate(@Nullable String accept, String... matches) {
    var map = new MultivaluedHashMap<String, String>();
    map.addAll("match[]", matches);
    return resource.federate(new Parameters(map), accept);
  }

  private static String text(Response response) {
    return new String((byte[]) response.getEntity(), StandardCharsets.UTF_8);
  }

  private static final String PROTOBUF =
      "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited";

  private static Histogram histogram(ResetHint hint, double sum) {
    return new Histogram(
        hint,
        1,
        0.001,
        2,
        11,
        sum,
        new Buckets(List.of(new BucketSpan(-2, 1), new BucketSpan(3, 2)), new double[] {3, 0.5, 1}),
        new Buckets(List.of(new BucketSpan(1, 1)), new double[] {4.5}),
        new double[0]);
  }

  private void add(long time, Histogram value, String... labels) {
    try (var appender = store.appender()) {
      appender.append(Labels.of(labels), time, value);
      appender.commit();
    }
  }

  /* Parsed by the reader of scrapes. */
  private static Map<Labels, Object> scraped(Response response) throws ExpositionException {
    byte[] page = (byte[]) response.getEntity();
    var read = new LinkedHashMap<Labels, Object>();
    new PageParser()
        .parse(
            page,
            page.length,
            Format.PROTOBUF,
            new PageParser.HistogramReading(true, false, false),
            new SampleSink() {
              @Override
              public void sample(RawText series, double value, long timestampMillis)
                  throws ExpositionException {
                assertThat(timestampMillis).isEqualTo(T);
                read.put(series.labels(), value);
              }

              @Override
              public void histogram(RawText series, Histogram value, long timestampMillis)
                  throws ExpositionException {
                assertThat(timestampMillis).isEqualTo(T);
                read.put(series.labels(), value);
              }
            });
    return read;
  }

  @Test
  void federate_protobuf_hasHistogramsBesideFloats() throws Exception {
    add(T, histogram(ResetHint.UNKNOWN, 18.5), "__name__", "latency", "instance", "i", "job", "a");
    add(T, histogram(ResetHint.GAUGE, 2), "__name__", "latency", "instance", "i", "job", "b");
    add(T, 7, "__name__", "latency", "instance", "i", "job", "c");
    add(T, 0, "__name__", "up", "instance", "i", "job", "a");
    Response response = federate(PROTOBUF + ";q=0.6,text/plain;q=0.3", "latency", "up");
    assertThat(response.getMediaType().getSubtype()).isEqualTo("vnd.google.protobuf");
    assertThat(response.getMediaType().getParameters()).containsEntry("encoding", "delimited");
    assertThat(scraped(response))
        .containsExactly(
            Map.entry(
                Labels.of("__name__", "latency", "cluster", "c\"1", "instance", "i", "job", "a"),
                histogram(ResetHint.UNKNOWN, 18.5)),
            Map.entry(
                Labels.of("__name__", "latency", "cluster", "c\"1", "instance", "i", "job", "b"),
                histogram(ResetHint.GAUGE, 2)),
            Map.entry(
                Labels.of("__name__", "latency", "cluster", "c\"1", "instance", "i", "job", "c"),
                7.0),
            Map.entry(
                Labels.of("__name__", "up", "cluster", "c\"1", "instance", "i", "job", "a"), 0.0));
  }

  @Test
  void federate_protobufOfAnEmptyHistogram_staysAHistogram() throws Exception {
    add(T, histogram(ResetHint.UNKNOWN, 1).emptied(), "__name__", "h", "instance", "i", "job", "a");
    assertThat(scraped(federate(PROTOBUF, "h")).values())
        .singleElement()
        .isInstanceOfSatisfying(Histogram.class, read -> assertThat(read.count()).isZero());
  }

  @Test
  void federate_textOrCustomBounds_leaveHistogramsOut() throws Exception {
    add(T, histogram(ResetHint.UNKNOWN, 1), "__name__", "h");
    add(
        T,
        new Histogram(
            ResetHint.UNKNOWN,
            Histogram.CUSTOM_BUCKETS,
            0,
            0,
            1,
            1,
            new Buckets(List.of(new BucketSpan(0, 1)), new double[] {1}),
            Buckets.none(),
            new double[] {5}),
        "__name__",
        "custom");
    assertThat(text(federate("text/plain", "{__name__=~\".+\"}"))).isEmpty();
    assertThat(scraped(federate(PROTOBUF, "{__name__=~\".+\"}"))).hasSize(1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          PB;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3,*/*;q=0.2 | true
          PB, text/plain                              | true
          text/plain;version=0.0.4;q=0.5, PB;q=0.4    | false
          text/plain;q=0.5, PB;q=0.5                  | false
          text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5, PB;q=0.4 | false
          text/plain;version=9;q=0.9, PB;q=0.1;escaping=allow-utf-8     | true
          */*                                         | false
          application/vnd.google.protobuf;q=1         | false
          PB;q=x                                      | false
          """)
  void federate_format_isTheOneAskedForFirst(String accept, boolean protobuf) {
    assertThat(Format.prefersProtobuf(accept.replace("PB", PROTOBUF))).isEqualTo(protobuf);
  }

  @Test
  void federate_lastSamples_haveExternalLabelsWhereTheyLackThem() {
    add(T - 60_000, 1, "__name__", "up", "job", "a");
    add(T - 30_000, 0.5, "__name__", "up", "job", "a");
    add(T, 1234567, "__name__", "up", "path", "a\\b\n\"", "instance", "i");
    add(T, 1, "__name__", "a_first", "z", "1");
    Response response = federate(null, "up", "{__name__=~\"a_.*\"}", "up");
    assertThat(response.getStatus()).isEqualTo(200);
    assertThat(response.getMediaType().toString()).contains("version=0.0.4");
    assertThat(text(response))
        .isEqualTo(
            """
            # TYPE a_first untyped
            a_first{z="1",cluster="c\\"1",instance="",job="external"} 1 %d
            # TYPE up untyped
            up{instance="i",path="a\\\\b\\n\\"",cluster="c\\"1",job="external"} 1.234567e+06 %d
            up{job="a",cluster="c\\"1",instance=""} 0.5 %d
            """
                .formatted(T, T, T - 30_000));
  }

  @Test
  void federate_staleAndTooOldSeries_areLeftOut() {
    add(T - 300_001, 1, "__name__", "old");
    add(T - 300_000, 1, "__name__", "just");
    add(T - 1000, 1, "__name__", "stale");
    add(T, StaleMarker.VALUE, "__name__", "stale");
    assertThat(text(federate(null, "{__name__=~\".+\"}")))
        .contains("just{")
        .doesNotContain("old", "stale");
    assertThat(text(federate(null))).isEmpty();
  }

  @Test
  void federate_unusualNames_areWrittenAsTheOtherSideReadsThem() {
    add(T, 1, "__name__", "http.requests", "a.b", "c");
    assertThat(text(federate(null, "{\"http.requests\"}")))
        .startsWith("# TYPE http_requests untyped\nhttp_requests{a_b=\"c\",");
    assertThat(text(federate("text/plain;escaping=allow-utf-8", "{\"http.requests\"}")))
        .startsWith("# TYPE \"http.requests\" untyped\n{\"http.requests\",\"a.b\"=\"c\",");
  }

  @Test
  void federate_badSelector_isRefusedInPlainText() {
    Response response = federate(null, "up{");
    assertThat(response.getStatus()).isEqualTo(400);
    assertThat((String) response.getEntity()).contains("parse error");
  }
}
