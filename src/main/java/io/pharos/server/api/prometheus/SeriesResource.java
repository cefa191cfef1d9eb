package io.pharos.server.api.prometheus;

import io.pharos.access.Scope;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.server.api.ApiException;
import io.pharos.server.api.JsonValue;
import io.pharos.server.api.LargeAnswers;
import io.pharos.server.api.Needs;
import io.pharos.server.api.Parameters;
import io.pharos.storage.Queryable;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.Consumes;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.POST;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.MultivaluedMap;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.util.List;
import java.util.TreeSet;
import java.util.function.BiFunction;

/// Prometheus' `series`, `labels` and `label/…/values`.
@Path("/api/v1")
@RunOnVirtualThread
public class SeriesResource {
  private static final List<List<LabelMatcher>> EVERYTHING = List.of(List.of());
  private static final List<List<LabelMatcher>> NOTHING = List.of();

  /// Estimated memory in bytes of a label set or value in the sorted set and in the answer.
  private static final long BYTES_PER_ITEM = 150;

  private final Queryable samples;
  private final LargeAnswers answers;

  SeriesResource(Queryable samples, LargeAnswers answers) {
    this.samples = samples;
    this.answers = answers;
  }

  /// Lists the series that match the selectors.
  @GET
  @Path("/series")
  public Response series(@Context UriInfo uri) {
    return series(new Parameters(uri.getQueryParameters()));
  }

  /// Like [#series(UriInfo)], with parameters from a form.
  @POST
  @Needs(Scope.READ)
  @Path("/series")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response series(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return series(new Parameters(uri.getQueryParameters(), form));
  }

  private Response series(Parameters parameters) {
    if (parameters.all("match[]").isEmpty()) {
      throw ApiException.badData("no match[] parameter provided");
    }
    var span = span(parameters);
    List<List<LabelMatcher>> selectors = parameters.selectors();
    List<SeriesSet> sets =
        answers.read(
            () ->
                (span.isEmpty() ? NOTHING : selectors)
                    .stream()
                        .map(matchers -> samples.select(matchers, span.from, span.to))
                        .toList());
    return answers.list(
        sets.stream().mapToLong(SeriesSet::size).sum(),
        BYTES_PER_ITEM,
        () -> series(sets, span, parameters.limit()));
  }

  private static Response series(List<SeriesSet> sets, Span span, int limit) {
    var found = new TreeSet<Labels>();
    var window = new SampleWindow();
    for (SeriesSet set : sets) {
      for (int i = 0; i < set.size(); i++) {
        if (!span.isEverything()) {
          window.clear();
          set.read(i, span.from, span.to, window);
        }
        if (span.isEverything() || window.size() > 0) {
          found.add(set.labels(i));
        }
      }
    }
    return PrometheusJson.success(
        JsonValue.array(found.stream().limit(limit).toList(), PrometheusJson::labels),
        found.size() > limit ? List.of("results truncated due to limit") : List.of(),
        List.of());
  }

  /// Lists label names.
  @GET
  @Path("/labels")
  public Response labels(@Context UriInfo uri) {
    return labels(new Parameters(uri.getQueryParameters()));
  }

  /// Like [#labels(UriInfo)], with parameters from a form.
  @POST
  @Needs(Scope.READ)
  @Path("/labels")
  @Consumes(MediaType.APPLICATION_FORM_URLENCODED)
  public Response labels(@Context UriInfo uri, MultivaluedMap<String, String> form) {
    return labels(new Parameters(uri.getQueryParameters(), form));
  }

  private Response labels(Parameters parameters) {
    return texts(parameters, (matchers, span) -> samples.labelNames(matchers, span.from, span.to));
  }

  /// Lists the values of a label.
  @GET
  @Path("/label/{name}/values")
  public Response values(@PathParam("name") String name, @Context UriInfo uri) {
    String label = unescape(name);
    return texts(
        new Parameters(uri.getQueryParameters()),
        (matchers, span) -> samples.labelValues(label, matchers, span.from, span.to));
  }

  private Response texts(
      Parameters parameters, BiFunction<List<LabelMatcher>, Span, List<String>> lookup) {
    return answers.list(
        answers.budgets().of(MemoryBound.SERIES), BYTES_PER_ITEM, () -> found(parameters, lookup));
  }

  private static Response found(
      Parameters parameters, BiFunction<List<LabelMatcher>, Span, List<String>> lookup) {
    var span = span(parameters);
    var found = new TreeSet<String>();
    List<List<LabelMatcher>> selectors = parameters.selectors();
    List<List<LabelMatcher>> effective = selectors.isEmpty() ? EVERYTHING : selectors;
    for (List<LabelMatcher> matchers : span.isEmpty() ? NOTHING : effective) {
      found.addAll(lookup.apply(matchers, span));
    }
    int limit = parameters.limit();
    return PrometheusJson.success(
        found.stream().limit(limit).toList(),
        found.size() > limit ? List.of("results truncated due to limit") : List.of(),
        List.of());
  }

  private record Span(long from, long to) {
    /// Whether the end is before the start. Prometheus permits that and answers with an empty list.
    boolean isEmpty() {
      return to < from;
    }

    boolean isEverything() {
      return from == Parameters.MIN_TIME && to == Parameters.MAX_TIME;
    }
  }

  private static Span span(Parameters parameters) {
    long from = parameters.time("start").orElse(Parameters.MIN_TIME);
    long to = parameters.time("end").orElse(Parameters.MAX_TIME);
    return new Span(from, to);
  }

  /// Decodes a label name that Prometheus' values escaping has encoded: it begins with `U__`, and
  /// each unusual character is written as `_hex_`. Returns other names unchanged.
  static String unescape(String name) {
    if (!name.startsWith("U__")) {
      return name;
    }
    var text = new StringBuilder();
    int position = 3;
    while (position < name.length()) {
      char c = name.charAt(position);
      if (c != '_') {
        text.append(c);
        position++;
        continue;
      }
      if (name.startsWith("__", position)) {
        text.append('_');
        position += 2;
        continue;
      }
      int end = name.indexOf('_', position + 1);
      try {
        text.appendCodePoint(Integer.parseInt(name, position + 1, Math.max(end, position + 1), 16));
      } catch (IllegalArgumentException _) { // the name is not encoded
        return name;
      }
      position = end + 1;
    }
    return text.toString();
  }
}
