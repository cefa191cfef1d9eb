package io.pharos.server.web.query;

import io.pharos.limits.work.BusyException;
import io.pharos.model.PromDuration;
import io.pharos.promql.parser.ParseException;
import io.pharos.promql.parser.ParserOptions;
import io.pharos.promql.parser.PromqlParser;
import io.pharos.promql.value.Evaluator;
import io.pharos.server.api.QueryWork;
import io.pharos.server.web.design.PageTime;
import io.pharos.server.web.query.GraphRequest.Display;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HeaderParam;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The graph page, target of the "Graph" links in messages. Its URLs are those of Prometheus 2
/// (`/graph`) and 3 (`/query`).
@Path("/")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class GraphPages {
  private static final List<Duration> RANGES =
      List.of(
          Duration.ofMinutes(15),
          Duration.ofHours(1),
          Duration.ofHours(6),
          Duration.ofDays(1),
          Duration.ofDays(7));

  private static final List<String> DISPLAYS =
      Stream.of(Display.values()).map(Display::word).toList();

  /// A link to the same panel with another time range.
  record Hop(String label, String address) {}

  /// A panel with its links. Times and durations are texts.
  ///
  /// @param moment time at which the table shows the values
  /// @param step the requested step; empty if the request has none
  /// @param usedStep the step between the drawn points
  /// @param endInput the requested end; empty if the range ends now
  /// @param parts results of the expression's parts; empty if they were not asked for
  record Shown(
      GraphPanels.View view,
      GraphRequest.Panel panel,
      List<Hop> hops,
      String range,
      PageTime from,
      PageTime end,
      PageTime moment,
      String step,
      String usedStep,
      String endInput,
      List<Suggested> hints,
      List<ResultTree.Row> parts) {}

  /// A better expression.
  ///
  /// @param address the page with it
  record Suggested(String text, String expression, String address) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance graph(
        String title,
        List<Shown> panels,
        List<String> displays,
        String another,
        String problem,
        String heatmaps);
  }

  private final Evaluator evaluator;
  private final GraphPanels panels;
  private final QueryHints hints;
  private final InstantSource clock;
  private final QueryWork work;

  GraphPages(Evaluator evaluator, SeriesIndex index, InstantSource clock, QueryWork work) {
    this.evaluator = evaluator;
    this.panels = new GraphPanels(evaluator);
    this.hints = new QueryHints(index);
    this.clock = clock;
    this.work = work;
  }

  /// Renders the page.
  @GET
  @Path("/graph")
  public TemplateInstance graph(
      @Context UriInfo uri,
      @HeaderParam("Sec-CH-UA-Mobile") @Nullable String mobile,
      @HeaderParam("User-Agent") @Nullable String agent) {
    GraphRequest request = GraphRequest.of(uri.getQueryParameters());
    var screen = GraphPanels.Screen.of(mobile, agent);
    Instant now = clock.instant().truncatedTo(ChronoUnit.SECONDS);
    List<Shown> shown;
    try {
      shown =
          work.call(
              () ->
                  request.panels().stream()
                      .map(panel -> shown(request, panels.view(panel, now, screen)))
                      .toList());
    } catch (BusyException e) {
      String problem = "Pharos is busy: " + e.text() + ". Reload the page in a moment.";
      return Templates.graph("Query", List.of(), DISPLAYS, "", problem, "");
    }
    return Templates.graph(
        "Query",
        shown,
        DISPLAYS,
        request.panels().size() < GraphRequest.MAX_PANELS ? request.addressWithOneMore() : "",
        request.more()
            ? "A page shows at most "
                + GraphRequest.MAX_PANELS
                + " expressions; the others are not shown."
            : "",
        request.panels().stream().anyMatch(panel -> panel.display() == Display.HEATMAP)
            ? "/query/heatmap?" + request.query()
            : "");
  }

  /// Renders the same page as [#graph], at the URL of Prometheus 3.
  @GET
  @Path("/query")
  public TemplateInstance query(
      @Context UriInfo uri,
      @HeaderParam("Sec-CH-UA-Mobile") @Nullable String mobile,
      @HeaderParam("User-Agent") @Nullable String agent) {
    return graph(uri, mobile, agent);
  }

  private Shown shown(GraphRequest request, GraphPanels.View view) {
    GraphRequest.Panel panel = view.panel();
    Duration half = panel.range().dividedBy(2);
    Instant end = panel.end() == null ? view.end() : panel.end();
    var hops = new ArrayList<Hop>();
    hops.add(new Hop("‹ earlier", request.address(panel, panel.range(), end.minus(half))));
    if (panel.end() != null) {
      hops.add(new Hop("later ›", request.address(panel, panel.range(), end.plus(half))));
      hops.add(new Hop("now", request.address(panel, panel.range(), null)));
    }
    for (Duration range : RANGES) {
      hops.add(new Hop(PageTime.span(range), request.address(panel, range, panel.end())));
    }
    Duration step = panel.step();
    return new Shown(
        view,
        panel,
        hops,
        PromDuration.format(panel.range()),
        PageTime.of(view.from()),
        PageTime.of(view.end()),
        PageTime.of(view.moment()),
        step == null ? "" : PromDuration.format(step),
        PageTime.span(view.step()),
        panel.end() == null ? "" : PageTime.of(end).text().replace(" UTC", ""),
        hints.of(panel.expression()).stream()
            .map(
                hint ->
                    new Suggested(
                        hint.text(), hint.expression(), request.address(panel, hint.expression())))
            .toList(),
        panel.isExplained() ? parts(panel, view) : List.of());
  }

  private List<ResultTree.Row> parts(GraphRequest.Panel panel, GraphPanels.View view) {
    try {
      return new ResultTree(evaluator, view.moment().toEpochMilli(), work.nanoTime())
          .of(PromqlParser.parse(panel.expression(), ParserOptions.all()));
    } catch (ParseException _) { // the panel shows where the error is
      return List.of();
    }
  }
}
