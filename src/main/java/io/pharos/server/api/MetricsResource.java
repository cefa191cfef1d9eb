package io.pharos.server.api;

import io.micrometer.prometheus.PrometheusMeterRegistry;
import io.pharos.model.GoFloat;
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

/// Pharos' own metrics in Prometheus' text format, or as OpenMetrics if the client prefers that.
/* Micrometer deprecates this registry, but Quarkus does not support its successor yet. */
@Path("/metrics")
@RunOnVirtualThread
@SuppressWarnings("deprecation")
public class MetricsResource {
  private final PrometheusMeterRegistry registry;

  MetricsResource(PrometheusMeterRegistry registry) {
    this.registry = registry;
  }

  /// Returns the metrics.
  ///
  /// @param names names of the samples to return, as in `name[]=up`; empty for all samples
  @GET
  public Response metrics(
      @HeaderParam(HttpHeaders.ACCEPT) @Nullable String accept,
      @QueryParam("name[]") List<String> names) {
    String type = TextFormat.chooseContentType(accept);
    String page =
        names.isEmpty() ? registry.scrape(type) : registry.scrape(type, Set.copyOf(names));
    return Response.ok(MetricText.withPlainNumbers(page)).header("Content-Type", type).build();
  }

  /// Rewrites the numbers of a metrics page as Prometheus' own servers write them: `1`, not `1.0`.
  /// Both text formats permit that, and shell scripts that search the page by patterns expect it.
  static final class MetricText {
    private MetricText() {}

    /// Rewrites a page. Does not change comments, label values, timestamps and exemplars.
    static String withPlainNumbers(String page) {
      var out = new StringBuilder(page.length());
      int start = 0;
      while (start < page.length()) {
        int newline = page.indexOf('\n', start);
        int end = newline < 0 ? page.length() : newline;
        line(page, start, end, out);
        if (newline >= 0) {
          out.append('\n');
        }
        start = end + 1;
      }
      return out.toString();
    }

    private static void line(String page, int start, int end, StringBuilder out) {
      int value = page.charAt(start) == '#' ? end : valueStart(page, start, end);
      if (value >= end) {
        out.append(page, start, end);
        return;
      }
      int space = page.indexOf(' ', value);
      int valueEnd = space < 0 || space > end ? end : space;
      // The library writes a comma after the last label, which Prometheus' own servers do not.
      if (page.startsWith(",} ", value - 3)) {
        out.append(page, start, value - 3).append("} ");
      } else {
        out.append(page, start, value);
      }
      out.append(number(page.substring(value, valueEnd)));
      out.append(page, valueEnd, end);
    }

    /// Returns the position of the value: after the first space outside quotes.
    private static int valueStart(String page, int start, int end) {
      boolean quoted = false;
      for (int i = start; i < end; i++) {
        char c = page.charAt(i);
        if (quoted && c == '\\') {
          i++;
        } else if (c == '"') {
          quoted = !quoted;
        } else if (c == ' ' && !quoted) {
          return i + 1;
        }
      }
      return end;
    }

    private static String number(String text) {
      try {
        return GoFloat.general(Double.parseDouble(text));
      } catch (NumberFormatException _) {
        // +Inf, -Inf and NaN need no change.
        return text;
      }
    }
  }
}
