package io.pharos.api;

import io.pharos.histogram.Histogram;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
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

/// Prometheus' `/federate`: the last sample of each chosen series, for another server to scrape, in
/// the text format or, where that is what it asks for first, in Prometheus' protobuf. Native
/// histograms have no place in the text and are left out of it; series that have gone stale are
/// left out of both.
@Path("/federate")
@RunOnVirtualThread
public class FederationResource {
  /* By name first, so that a family's samples stand together. */
  private static final Comparator<Labels> ORDER =
      Comparator.comparing(Labels::metricName).thenComparing(Comparator.naturalOrder());

  private final Queryable samples;
  private final ServiceStatus status;
  private final InstantSource clock;
  private final QueryWork work;

  FederationResource(Queryable samples, ServiceStatus status, InstantSource clock, QueryWork work) {
    this.samples = samples;
    this.status = status;
    this.clock = clock;
    this.work = work;
  }

  @GET
  public Response federate(@Context UriInfo uri, @Context HttpHeaders headers) {
    return federate(
        new Parameters(uri.getQueryParameters()), headers.getHeaderString(HttpHeaders.ACCEPT));
  }

  /// @param accept decides whether names may be written that only Prometheus 3 reads
  Response federate(Parameters parameters, @Nullable String accept) {
    boolean utf8 = accept != null && accept.contains("escaping=allow-utf-8");
    List<List<LabelMatcher>> selectors;
    try {
      selectors = parameters.selectors();
    } catch (ApiException e) {
      return Response.status(e.status()).type("text/plain").entity(e.reason() + "\n").build();
    }
    FederationPage page =
        FederationAccept.prefersProtobuf(accept)
            ? new FederationProtobuf(status.externalLabels(), utf8)
            : new FederationText(status.externalLabels(), utf8);
    String type = page.contentType() + "; escaping=" + (utf8 ? "allow-utf-8" : "underscores");
    return work.answer(
        () -> {
          lastSamples(selectors).forEach(page::add);
          return Response.ok(page.bytes()).type(type).build();
        });
  }

  private SortedMap<Labels, FederationPage.Sample> lastSamples(List<List<LabelMatcher>> selectors) {
    long to = clock.millis();
    long from = to - status.lookback().toMillis();
    var last = new TreeMap<Labels, FederationPage.Sample>(ORDER);
    var window = new SampleWindow();
    for (List<LabelMatcher> selector : selectors) {
      SeriesSet series = samples.select(selector, from, to);
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
