package io.pharos.server.web.query;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.dashboards.DashboardReading;
import io.pharos.dashboards.Sheet;
import io.pharos.dashboards.VariableChoices;
import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.promql.value.QueryException;
import io.pharos.server.api.QueryWork;
import io.pharos.server.web.dashboard.DashboardFolder;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.QueryParam;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// What the scripts of the query page ask: completions, and the heatmaps of its panels.
@Path("/")
@Produces(MediaType.APPLICATION_JSON)
@RunOnVirtualThread
public class QueryPages {
  private static final Duration COMPLETION_LIMIT = Duration.ofSeconds(3);
  private static final Duration HEATMAP_LIMIT = Duration.ofSeconds(30);

  private final Completions completions;
  private final DashboardFolder sources;
  private final QueryWork work;
  private final InstantSource clock;

  QueryPages(SeriesIndex index, DashboardFolder sources, QueryWork work, InstantSource clock) {
    completions = new Completions(index);
    this.sources = sources;
    this.work = work;
    this.clock = clock;
  }

  /// Returns what may come at the cursor of an expression.
  ///
  /// @param expression the text of the editor
  /// @param cursor number of UTF-16 units before the cursor
  @GET
  @Path("/query/complete")
  public Response complete(
      @QueryParam("expr") @Nullable String expression, @QueryParam("cursor") int cursor) {
    String text = expression == null ? "" : expression;
    return answer(COMPLETION_LIMIT, () -> JSON.valueToTree(completions.at(text, cursor)));
  }

  /// Returns the panels of the graph page that are shown as heatmaps, as `dashboards.js` draws
  /// them.
  @GET
  @Path("/query/heatmap")
  public Response heatmap(@Context UriInfo uri) {
    GraphRequest request = GraphRequest.of(uri.getQueryParameters());
    return answer(HEATMAP_LIMIT, () -> heatmap(request));
  }

  private ObjectNode heatmap(GraphRequest request) {
    ObjectNode all = JSON.createObjectNode();
    ArrayNode sections = all.putArray("sections");
    for (GraphRequest.Panel panel : request.panels()) {
      if (panel.display() == GraphRequest.Display.HEATMAP && !panel.expression().isEmpty()) {
        ObjectNode dashboard = dashboard(panel);
        ObjectNode json = Sheet.of(dashboard, reading(panel), VariableChoices.DEFAULT).json();
        sections.addAll(json.withArray("sections"));
        all.set("from", json.path("from"));
        all.set("until", json.path("until"));
      }
    }
    all.putArray("remarks");
    return all;
  }

  private static ObjectNode dashboard(GraphRequest.Panel panel) {
    ObjectNode dashboard = JSON.createObjectNode();
    ObjectNode heatmap =
        dashboard
            .putArray("panels")
            .addObject()
            .put("type", "heatmap")
            .put("id", panel.index() + 1)
            .put("title", panel.expression());
    heatmap.putObject("gridPos").put("x", 0).put("y", 0).put("w", 24).put("h", 12);
    heatmap.putObject("datasource").put("type", "prometheus");
    heatmap
        .putArray("targets")
        .addObject()
        .put("refId", "A")
        .put("expr", panel.expression())
        .put("legendFormat", "{{le}}");
    return dashboard;
  }

  private DashboardReading reading(GraphRequest.Panel panel) {
    Instant end = panel.end() == null ? clock.instant() : panel.end();
    return new DashboardReading(
        sources.sources(),
        end.minus(panel.range()).toEpochMilli(),
        end.toEpochMilli(),
        sources.scrapeInterval().get(),
        clock,
        HEATMAP_LIMIT);
  }

  private Response answer(Duration limit, Supplier<Object> json) {
    try {
      return Response.ok(work.call(Optional.of(limit), json)).build();
    } catch (BusyException e) {
      return problem(e.text());
    } catch (CancelledException _) {
      return problem("the answer took too long");
    } catch (QueryException e) {
      return problem(e.reason());
    }
  }

  private static Response problem(String text) {
    return Response.status(503).entity(JSON.createObjectNode().put("problem", text)).build();
  }
}
