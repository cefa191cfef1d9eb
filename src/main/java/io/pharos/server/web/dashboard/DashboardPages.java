package io.pharos.server.web.dashboard;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.core.JsonProcessingException;
import io.pharos.dashboards.DashboardReading;
import io.pharos.dashboards.Sheet;
import io.pharos.dashboards.Sheet.ShownVariable;
import io.pharos.limits.work.BusyException;
import io.pharos.limits.work.CancelledException;
import io.pharos.server.api.QueryWork;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.api.refusal.NothingFoundException;
import io.pharos.server.web.dashboard.DashboardFolder.Broken;
import io.pharos.server.web.dashboard.DashboardFolder.Dashboard;
import io.pharos.server.web.design.PageText;
import io.quarkus.qute.CheckedTemplate;
import io.quarkus.qute.TemplateInstance;
import io.smallrye.common.annotation.RunOnVirtualThread;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.PathParam;
import jakarta.ws.rs.Produces;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.core.UriInfo;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The dashboards of a folder, drawn by Pharos itself. The parameters of their addresses are
/// Grafana's.
@Path("/dashboards")
@Produces(MediaType.TEXT_HTML)
@RunOnVirtualThread
public class DashboardPages {
  /// Readers that ask the same within this time get the same answer.
  private static final Duration SHARED = Duration.ofSeconds(5);

  /// Limit for the queries of all panels; a reader does not wait longer.
  private static final Duration LIMIT = Duration.ofSeconds(30);

  /// Limit for finding the options of the variables.
  private static final Duration OPTIONS_LIMIT = Duration.ofSeconds(5);

  /// Maximum number of options of a variable in the form.
  private static final int MAX_OPTIONS = 200;

  private static final List<String> RANGES =
      List.of("15m", "1h", "3h", "6h", "12h", "24h", "2d", "7d", "30d");
  private static final List<String> REFRESHES = List.of("off", "5s", "10s", "30s", "1m", "5m");

  /// A dashboard in the list.
  record Line(String address, String title, String description, int panels) {}

  /// A link to the same dashboard with another range.
  record Hop(String label, String address, boolean isHere) {}

  /// A value that can be chosen.
  record Option(String value, String label, boolean isChosen) {}

  /// A variable in the form.
  ///
  /// @param text its value
  /// @param isFree whether any text may be its value
  /// @param omitted a note about options that are not shown; may be empty
  record Field(
      String name,
      String label,
      String text,
      boolean isFree,
      boolean isMulti,
      List<Option> options,
      String omitted) {}

  /// A dashboard's page.
  ///
  /// @param panels address of the panels with their data
  /// @param grafana address of the dashboard in Grafana with the same parameters; empty without a
  ///   Grafana
  record View(
      String uid,
      String description,
      DashboardRequest request,
      List<String> problems,
      List<Field> fields,
      List<Hop> hops,
      List<Hop> refreshes,
      List<Line> others,
      String panels,
      String grafana) {}

  @CheckedTemplate
  static final class Templates {
    private Templates() {}

    static native TemplateInstance index(
        String title, List<Line> dashboards, List<Broken> broken, String folder);

    static native TemplateInstance dashboard(String title, View view);
  }

  /// What identifies the data of a dashboard.
  private record Question(String uid, long from, long until, Map<String, List<String>> variables) {}

  private final DashboardFolder folder;
  private final ServiceStatus status;
  private final QueryWork work;
  private final InstantSource clock;
  private final SharedAnswers<Question> answers;

  DashboardPages(
      DashboardFolder folder, ServiceStatus status, QueryWork work, InstantSource clock) {
    this.folder = folder;
    this.status = status;
    this.work = work;
    this.clock = clock;
    answers = new SharedAnswers<>(clock, SHARED);
  }

  /// Lists the dashboards.
  @GET
  public TemplateInstance index() {
    return Templates.index(
        "Dashboards",
        lines(),
        folder.entries().stream().filter(Broken.class::isInstance).map(Broken.class::cast).toList(),
        folder.path().toString());
  }

  private List<Line> lines() {
    return folder.dashboards().stream()
        .map(
            one ->
                new Line(
                    "/dashboards/" + one.uid(),
                    PageText.of(one.title()),
                    PageText.of(one.json().path("description").asText()),
                    one.panelCount()))
        .toList();
  }

  /// Shows a dashboard. The browser fetches its panels from [#panels].
  @GET
  @Path("/{uid}")
  public TemplateInstance dashboard(@PathParam("uid") String uid, @Context UriInfo uri) {
    Dashboard dashboard = found(uid);
    var request = DashboardRequest.of(dashboard.json(), uri.getQueryParameters(), clock.instant());
    var problems = new ArrayList<>(request.problems());
    List<Field> fields = fields(dashboard, request, problems);
    String grafana = status.grafanaUrl();
    String address = "/dashboards/" + uid + "?";
    return Templates.dashboard(
        PageText.of(dashboard.title()),
        new View(
            uid,
            PageText.of(dashboard.json().path("description").asText()),
            request,
            problems,
            fields,
            RANGES.stream()
                .map(
                    range ->
                        new Hop(
                            range,
                            address + request.query("now-" + range, "now"),
                            request.from().equals("now-" + range) && request.to().equals("now")))
                .toList(),
            refreshes(request),
            lines(),
            "/dashboards/" + uid + "/panels?" + request.query(),
            grafana.isEmpty() ? "" : grafana + "/d/" + uid + "?" + request.query()));
  }

  private static List<Hop> refreshes(DashboardRequest request) {
    var texts = new LinkedHashSet<>(REFRESHES);
    texts.add(request.refreshText());
    return texts.stream()
        .map(text -> new Hop(text, text, text.equals(request.refreshText())))
        .toList();
  }

  private List<Field> fields(Dashboard dashboard, DashboardRequest request, List<String> problems) {
    try {
      return work
          .call(
              Optional.of(OPTIONS_LIMIT.plusSeconds(1)),
              () ->
                  reading(request, OPTIONS_LIMIT)
                      .shown(dashboard.json(), request.choices(true), problems))
          .stream()
          .map(DashboardPages::field)
          .toList();
    } catch (BusyException e) {
      problems.add("The variables can't be shown now: " + e.text() + ".");
    } catch (CancelledException _) {
      problems.add("The variables can't be shown: reading their values took too long.");
    }
    return List.of();
  }

  private static Field field(ShownVariable variable) {
    var values = new LinkedHashSet<String>();
    if (variable.hasAll()) {
      values.add(Sheet.ALL);
    }
    variable.options().stream().limit(MAX_OPTIONS).forEach(values::add);
    values.addAll(variable.chosen());
    int omitted = Math.max(0, variable.options().size() - MAX_OPTIONS);
    return new Field(
        "var-" + variable.name(),
        PageText.of(variable.label()),
        variable.isFree() ? String.join("", variable.chosen()) : PageText.of(variable.text()),
        variable.isFree(),
        variable.isMulti(),
        values.stream()
            .map(
                value ->
                    new Option(
                        value,
                        value.equals(Sheet.ALL) ? "All" : PageText.of(value),
                        variable.chosen().contains(value)))
            .toList(),
        omitted == 0 ? "" : omitted + " more values are left out");
  }

  /// Returns the panels with their data, as JSON that `dashboards.js` draws.
  @GET
  @Path("/{uid}/panels")
  @Produces(MediaType.APPLICATION_JSON)
  public Response panels(@PathParam("uid") String uid, @Context UriInfo uri) {
    Dashboard dashboard = found(uid);
    DashboardRequest request =
        DashboardRequest.of(dashboard.json(), uri.getQueryParameters(), clock.instant())
            .rounded(SHARED);
    var question =
        new Question(
            uid,
            request.since().toEpochMilli(),
            request.until().toEpochMilli(),
            request.variables());
    try {
      byte[] json =
          answers.get(
              question,
              () -> work.call(Optional.of(LIMIT.plusSeconds(5)), () -> json(dashboard, request)));
      return Response.ok(json).header(HttpHeaders.CACHE_CONTROL, "no-store").build();
    } catch (BusyException e) {
      return Response.status(503).entity(problem(e.text())).build();
    } catch (CancelledException _) {
      return Response.status(503).entity(problem("the queries took too long")).build();
    }
  }

  private byte[] json(Dashboard dashboard, DashboardRequest request) {
    var sheet = Sheet.of(dashboard.json(), reading(request, LIMIT), request.choices(false));
    return bytes(sheet.json());
  }

  private static byte[] problem(String text) {
    return bytes(JSON.createObjectNode().put("problem", text));
  }

  private static byte[] bytes(Object json) {
    try {
      return JSON.writeValueAsBytes(json);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("panels can't be written as JSON", e);
    }
  }

  private DashboardReading reading(DashboardRequest request, Duration limit) {
    Instant since = request.since();
    return new DashboardReading(
        folder.sources(),
        since.toEpochMilli(),
        request.until().toEpochMilli(),
        folder.scrapeInterval().get(),
        clock,
        limit);
  }

  private Dashboard found(String uid) {
    return folder
        .dashboard(uid)
        .orElseThrow(() -> new NothingFoundException("There is no dashboard '" + uid + "'"));
  }
}
