package io.pharos.server.api;

import static java.util.Objects.requireNonNull;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.prometheus.client.exporter.common.TextFormat;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.Response;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Pharos' own metrics, in Prometheus' text format or, if the client prefers it, OpenMetrics.
/* Micrometer deprecates this registry in favour of one that Quarkus does not support yet. */
@Path("/metrics")
@RunOnVirtualThread
@SuppressWarnings("deprecation")
public class MetricsResource {
  private final PrometheusMeterRegistry registry;

  MetricsResource(PrometheusMeterRegistry registry) {
    this.registry = requireNonNull(registry, "registry is null");
  }

  /// Returns the metrics.
  ///
  /// @param names names of the samples to return, as in `name[]=up`; empty for all
  @GET
  public Response metrics(
      @HeaderParam(HttpHeaders.ACCEPT) @Nullable String accept,
      @QueryParam("name[]") List<String> names) {
    String type = TextFormat.chooseContentType(accept);
    String page =
        names.isEmpty() ? registry.scrape(type) : registry.scrape(type, Set.copyOf(names));
    return Response.ok(MetricText.withPlainNumbers(page)).header("Content-Type", type).build();
  }
}
