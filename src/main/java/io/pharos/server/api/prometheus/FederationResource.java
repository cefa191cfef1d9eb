package io.pharos.server.api.prometheus;

import io.pharos.bytes.protobuf.ProtoWriter;
import io.pharos.ingest.exposition.Format;
import io.pharos.model.GoFloat;
import io.pharos.model.LabelMatcher;
import io.pharos.model.LabelName;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Parameters;
import io.pharos.server.api.ServiceStatus;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Prometheus' `/federate`: the last sample of each selected series, in the text format, or in
/// Prometheus' protobuf if the client prefers that. The text format omits native histograms; both
/// formats omit stale series.
@Path("/federate")
@RunOnVirtualThread
public class FederationResource {
  /* Sorts by name first, so that the samples of a metric family are adjacent, as both formats
   * require. */
  private static final Comparator<Labels> ORDER =
      Comparator.comparing(Labels::metricName).thenComparing(Comparator.naturalOrder());

  /// Estimated memory in bytes of a series in the sorted map and in the answer.
  private static final long BYTES_PER_SERIES = 500;

  private final Queryable samples;
  private final ServiceStatus status;
  private final InstantSource clock;
  private final LargeAnswers answers;

  FederationResource(
      Queryable samples, ServiceStatus status, InstantSource clock, LargeAnswers answers) {
    this.samples = samples;
    this.status = status;
    this.clock = clock;
    this.answers = answers;
  }

  /// Returns the last samples of the selected series.
  @GET
  public Response federate(@Context UriInfo uri, @Context HttpHeaders headers) {
    return federate(
        new Parameters(uri.getQueryParameters()), headers.getHeaderString(HttpHeaders.ACCEPT));
  }

  /// @param accept the `Accept` header, which selects the format and the escaping of names
  Response federate(Parameters parameters, @Nullable String accept) {
    boolean utf8 = accept != null && accept.contains("escaping=allow-utf-8");
    List<List<LabelMatcher>> selectors;
    try {
      selectors = parameters.selectors();
    } catch (ApiException e) {
      return Response.status(e.status()).type("text/plain").entity(e.reason() + "\n").build();
    }
    long to = clock.millis();
    long from = to - status.lookback().toMillis();
    List<SeriesSet> sets =
        answers.read(
            () -> selectors.stream().map(selector -> samples.select(selector, from, to)).toList());
    return answers.list(
        sets.stream().mapToLong(SeriesSet::size).sum(),
        BYTES_PER_SERIES,
        () -> page(lastSamples(sets, from, to), utf8, accept));
  }

  private Response page(
      SortedMap<Labels, FederationPage.Sample> found, boolean utf8, @Nullable String accept) {
    FederationPage page =
        Format.prefersProtobuf(accept)
            ? new FederationPage.Protobuf(status.externalLabels(), utf8)
            : new FederationPage.Text(status.externalLabels(), utf8);
    found.forEach(page::add);
    return Response.ok(page.bytes())
        .type(page.contentType() + "; escaping=" + (utf8 ? "allow-utf-8" : "underscores"))
        .build();
  }

  private static SortedMap<Labels, FederationPage.Sample> lastSamples(
      List<SeriesSet> sets, long from, long to) {
    var last = new TreeMap<Labels, FederationPage.Sample>(ORDER);
    var window = new SampleWindow();
    for (SeriesSet series : sets) {
      for (int i = 0; i < series.size(); i++) {
        window.clear();
        series.read(i, from, to, window);
        int newest = window.size() - 1;
        if (newest < 0) {
          continue;
        }
        Histogram histogram = window.histogram(newest);
        if (histogram != null || !StaleMarker.is(window.value(newest))) {
          last.put(
              series.labels(i),
              new FederationPage.Sample(window.timestamp(newest), window.value(newest), histogram));
        }
      }
    }
    return last;
  }

  /// Builds an answer of `/federate` in one of its formats. Adds to each sample the external labels
  /// whose names its series does not have.
  abstract static sealed class FederationPage {
    private final SortedMap<String, String> external;
    private final boolean utf8;

    /// The last sample of a series.
    ///
    /// @param value the float; has no meaning if there is a histogram
    record Sample(long timestampMillis, double value, @Nullable Histogram histogram) {}

    /// @param utf8 whether the reader accepts names with any character, as Prometheus 3 does
    FederationPage(Labels external, boolean utf8) {
      this.external = new TreeMap<>(external.toMap());
      // Without this empty label the scraping server would add its own `instance`.
      this.external.putIfAbsent("instance", "");
      this.utf8 = utf8;
    }

    /// Adds the sample of a series. Series of the same name must be added one after another. A
    /// series without a name is skipped.
    abstract void add(Labels labels, Sample sample);

    abstract byte[] bytes();

    abstract String contentType();

    interface LabelSink {
      void label(String name, String value);
    }

    /// Passes all labels that the sample gets: those of the series except its name, and the
    /// external labels whose names the series does not have.
    void eachLabel(Labels labels, LabelSink sink) {
      labels.withoutMetricName().forEach(sink::label);
      external.forEach(
          (name, value) -> {
            if (!labels.has(name)) {
              sink.label(name, value);
            }
          });
    }

    /// Whether a metric's name is written unescaped although it contains characters that only UTF-8
    /// names may have.
    boolean isUnusual(String metricName) {
      return utf8 && !LabelName.isLegacyMetric(metricName);
    }

    /// Returns a metric's name as the reader accepts it, without quotes.
    String metric(String name) {
      return utf8 ? name : legacy(name, true);
    }

    /// Returns a label's name as the reader accepts it, without quotes.
    String label(String name) {
      return utf8 ? name : legacy(name, false);
    }

    private static String legacy(String name, boolean metric) {
      var replaced = new StringBuilder(name.length());
      for (int i = 0; i < name.length(); i++) {
        char c = name.charAt(i);
        boolean letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
        boolean legal = letter || (metric && c == ':') || (i > 0 && c >= '0' && c <= '9');
        replaced.append(legal ? c : '_');
      }
      return replaced.toString();
    }

    /// Prometheus' text format, version 0.0.4, without native histograms.
    static final class Text extends FederationPage {
      private final StringBuilder out = new StringBuilder();
      private String family = "";

      Text(Labels external, boolean utf8) {
        super(external, utf8);
      }

      @Override
      void add(Labels labels, Sample sample) {
        String name = labels.metricName();
        if (name.isEmpty() || sample.histogram() != null) {
          return;
        }
        boolean quoted = isUnusual(name);
        String written = quoted ? Quoted.of(name) : metric(name);
        if (!name.equals(family)) {
          out.append("# TYPE ").append(written).append(" untyped\n");
          family = name;
        }
        out.append(quoted ? "{" + written + "," : written + "{");
        eachLabel(labels, this::writeLabel);
        out.setCharAt(out.length() - 1, '}');
        out.append(' ')
            .append(GoFloat.general(sample.value()))
            .append(' ')
            .append(sample.timestampMillis())
            .append('\n');
      }

      /* A comma follows each label. There is at least one label, so a brace can replace the last
       * comma. */
      private void writeLabel(String name, String value) {
        String accepted = label(name);
        out.append(LabelName.isLegacy(accepted) ? accepted : Quoted.of(accepted))
            .append("=\"")
            .append(value.replace("\\", "\\\\").replace("\n", "\\n").replace("\"", "\\\""))
            .append("\",");
      }

      @Override
      byte[] bytes() {
        return out.toString().getBytes(StandardCharsets.UTF_8);
      }

      @Override
      String contentType() {
        return "text/plain; version=0.0.4; charset=utf-8";
      }
    }

    /// Prometheus' protobuf format: messages `io.prometheus.client.MetricFamily`, each preceded by
    /// its length, with the field numbers of `metrics.proto`.
    ///
    /// If a name has floats and histograms, or counter and gauge histograms, each kind becomes a
    /// separate metric family, as in Prometheus. Histograms with custom bounds are omitted, because
    /// the format can't express them.
    static final class Protobuf extends FederationPage {
      private static final int UNTYPED = 3;
      private static final int HISTOGRAM = 4;
      private static final int GAUGE_HISTOGRAM = 5;

      private final ProtoWriter out = new ProtoWriter();
      private final List<byte[]> metrics = new ArrayList<>();
      private String family = "";
      private int type;

      Protobuf(Labels external, boolean utf8) {
        super(external, utf8);
      }

      @Override
      void add(Labels labels, Sample sample) {
        String name = labels.metricName();
        Histogram histogram = sample.histogram();
        if (name.isEmpty() || (histogram != null && histogram.hasCustomBuckets())) {
          return;
        }
        int kind = histogram == null ? UNTYPED : kind(histogram);
        if (!name.equals(family) || kind != type) {
          endFamily();
          family = name;
          type = kind;
        }
        var metric = new ProtoWriter();
        eachLabel(
            labels,
            (label, value) ->
                metric.message(1, pair -> pair.string(1, label(label)).string(2, value)));
        if (histogram == null) {
          metric.message(5, untyped -> untyped.float64(1, sample.value()));
        }
        metric.int64(6, sample.timestampMillis());
        if (histogram != null) {
          metric.message(7, message -> write(histogram, message));
        }
        metrics.add(metric.toByteArray());
      }

      private static int kind(Histogram histogram) {
        return histogram.hint() == ResetHint.GAUGE ? GAUGE_HISTOGRAM : HISTOGRAM;
      }

      private static void write(Histogram histogram, ProtoWriter message) {
        message
            .float64(2, histogram.sum())
            .float64(4, histogram.count())
            .sint64(5, histogram.schema())
            .float64(6, histogram.zeroThreshold())
            .float64(8, histogram.zeroCount());
        write(histogram.negative(), message, 9, 11);
        write(histogram.positive(), message, 12, 14);
        if (histogram.positive().spans().isEmpty() && histogram.negative().spans().isEmpty()) {
          // An empty span marks the histogram as native, as client libraries write it.
          message.message(12, _ -> {});
        }
      }

      private static void write(Buckets side, ProtoWriter message, int spans, int counts) {
        for (BucketSpan span : side.spans()) {
          message.message(spans, inner -> inner.sint64(1, span.offset()).int64(2, span.length()));
        }
        message.float64s(counts, side.counts());
      }

      private void endFamily() {
        if (metrics.isEmpty()) {
          return;
        }
        var message = new ProtoWriter().string(1, metric(family)).int64(3, type);
        metrics.forEach(metric -> message.bytes(4, metric));
        out.delimited(message);
        metrics.clear();
      }

      @Override
      byte[] bytes() {
        endFamily();
        return out.toByteArray();
      }

      @Override
      String contentType() {
        return "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily;"
            + " encoding=delimited";
      }
    }
  }
}
