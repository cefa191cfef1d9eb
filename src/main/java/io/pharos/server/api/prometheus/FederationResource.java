package io.pharos.server.api.prometheus;

import io.pharos.ingest.exposition.Format;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.Histogram;
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
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Prometheus' `/federate`: the last sample of each selected series, in the text format or, if the
/// client prefers it, in Prometheus' protobuf. The text format leaves out native histograms; both
/// leave out stale series.
@Path("/federate")
@RunOnVirtualThread
public class FederationResource {
  /* By name first, so that the samples of a family are adjacent. */
  private static final Comparator<Labels> ORDER =
      Comparator.comparing(Labels::metricName).thenComparing(Comparator.naturalOrder());

  /// Memory of a series in a sorted map and in the growing answer.
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

  /// @param accept the `Accept` header; selects the format and the escaping of names
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
            ? new FederationProtobuf(status.externalLabels(), utf8)
            : new FederationText(status.externalLabels(), utf8);
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
        int at = window.size() - 1;
        if (at < 0) {
          continue;
        }
        Histogram histogram = window.histogram(at);
        if (histogram != null || !StaleMarker.is(window.value(at))) {
          last.put(
              series.labels(i),
              new FederationPage.Sample(window.timestamp(at), window.value(at), histogram));
        }
      }
    }
    return last;
  }
}
