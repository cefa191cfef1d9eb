package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardFiles.Window;
import io.pharos.dashboards.Drawing.Times;
import io.pharos.dashboards.PanelView.Mark;
import io.pharos.dashboards.Sheet.ShownVariable;
import io.pharos.model.ControlCharacters;
import io.pharos.model.PromDuration;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryResult;
import io.pharos.promql.value.RangeMatrix;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.parser.Parser;
import org.commonmark.renderer.html.HtmlRenderer;

/// Runs the queries of dashboards for one time range. After a time limit, no further query is run.
public final class DashboardReading {
  private static final int MAX_LOG_LINES = 200;
  private static final int MAX_MARKS = 40;

  /// Possible intervals between the points of a panel, in seconds.
  private static final int[] STEPS = {
    1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1200, 1800, 3600, 7200, 10_800, 21_600, 43_200,
    86_400, 604_800
  };

  private static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());
  private static final Parser MARKDOWN = Parser.builder().extensions(EXTENSIONS).build();
  private static final HtmlRenderer HTML =
      HtmlRenderer.builder().extensions(EXTENSIONS).escapeHtml(true).sanitizeUrls(true).build();

  private final QuerySources sources;
  private final long from;
  private final long until;
  private final Duration scrape;
  private final InstantSource clock;
  private final long deadline;

  /// @param fromMillis start of the range, in Unix milliseconds
  /// @param untilMillis end of the range, in Unix milliseconds
  /// @param scrape interval between samples, and the shortest step
  /// @param limit time limit for all queries together; queries that would start later are not run
  public DashboardReading(
      QuerySources sources,
      long fromMillis,
      long untilMillis,
      Duration scrape,
      InstantSource clock,
      Duration limit) {
    if (fromMillis >= untilMillis) {
      throw new IllegalArgumentException("the range ends before it begins");
    }
    this.sources = sources;
    from = fromMillis;
    until = untilMillis;
    this.scrape = scrape;
    this.clock = clock;
    deadline = clock.millis() + limit.toMillis();
  }

  long from() {
    return from;
  }

  long until() {
    return until;
  }

  private Duration range() {
    return Duration.ofMillis(until - from);
  }

  /// Returns the variables of a dashboard.
  Variables variables(JsonNode dashboard, VariableChoices choices) {
    var remarks = new ArrayList<String>();
    var guarded = new TreeMap<String, LabelValues>();
    guarded.put("prometheus", guarded(this::labelValues, remarks));
    sources.logs().ifPresent(logs -> guarded.put("loki", guarded(logs.labels(), remarks)));
    Variables read = Variables.of(dashboard, choices, window(1000, range(), scrape), guarded);
    remarks.addAll(read.remarks());
    return new Variables(read.expansion(), read.shown(), remarks);
  }

  /// Returns the variables that people see, with their values.
  ///
  /// @param remarks gets a sentence for each value that could not be found
  public List<ShownVariable> shown(
      JsonNode dashboard, VariableChoices choices, List<String> remarks) {
    Variables read = variables(dashboard, choices);
    remarks.addAll(read.remarks());
    return read.shown();
  }

  private static LabelValues guarded(LabelValues values, List<String> remarks) {
    return (selector, label) -> {
      try {
        return values.of(selector, label);
      } catch (QueryException e) {
        remarks.add("the values of " + label + " can't be read: " + e.reason());
        return List.of();
      }
    };
  }

  /// @param minStep the shortest allowed step
  private Window window(int points, Duration range, Duration minStep) {
    return new Window(scrape, step(points, range, minStep), range);
  }

  /// Returns the smallest step in `STEPS` that divides the range into at most this many points.
  private static Duration step(int points, Duration range, Duration minStep) {
    double seconds = Math.max(range.toMillis() / 1000.0 / points, minStep.toMillis() / 1000.0);
    for (int step : STEPS) {
      if (step >= seconds) {
        return Duration.ofSeconds(step);
      }
    }
    return Duration.ofSeconds(Math.ceilDiv((long) seconds, 604_800L) * 604_800);
  }

  /// Parses a duration in a panel's options, in Grafana's notation such as `30d`.
  private static Duration duration(String text, Duration defaultValue) {
    try {
      return text.isEmpty() ? defaultValue : PromDuration.parse(text);
    } catch (IllegalArgumentException _) { // the error below says more
      throw new UndrawnException("The panel's time " + text + " is not a duration such as 30d.");
    }
  }

  private List<String> labelValues(String selector, String label) {
    String series = selector.isEmpty() ? "{" + label + "!=\"\"}" : selector;
    String range = (until - from) / 1000 + "s";
    QueryResult found =
        sources
            .metrics()
            .instant(
                "group by (" + label + ") (last_over_time(" + series + "[" + range + "]))", until);
    return found.value() instanceof InstantVector vector
        ? IntStream.range(0, vector.size())
            .mapToObj(i -> vector.labels(i).get(label))
            .filter(value -> !value.isEmpty())
            .toList()
        : List.of();
  }

  /// Runs the queries of a panel and returns its content, or the reason why it can't be drawn.
  ///
  /// @param marks events during the range, for panels with a time axis
  PanelView view(JsonNode panel, Expansion variables, List<Mark> marks) {
    try {
      return drawn(panel, variables, marks);
    } catch (QueryException | UndrawnException e) {
      return new PanelView.Undrawn(reason(e));
    }
  }

  private static String reason(RuntimeException e) {
    return e instanceof QueryException query ? query.reason() : String.valueOf(e.getMessage());
  }

  private PanelView drawn(JsonNode panel, Expansion variables, List<Mark> marks) {
    String type = panel.path("type").asText();
    return switch (type) {
      case "text" -> text(panel, variables);
      case "logs" -> logs(panel, variables);
      case "stat" -> ReadingsDrawing.of(drawing(panel, variables, List.of()), "stat");
      case "gauge" -> ReadingsDrawing.of(drawing(panel, variables, List.of()), "gauge");
      case "bargauge" -> ReadingsDrawing.of(drawing(panel, variables, List.of()), "bars");
      case "timeseries" -> LinesDrawing.of(drawing(panel, variables, marks));
      case "table" -> TableDrawing.of(drawing(panel, variables, List.of()));
      case "heatmap" -> GridDrawing.heat(drawing(panel, variables, List.of()));
      case "state-timeline", "status-history" ->
          GridDrawing.states(drawing(panel, variables, List.of()));
      case "alertGroups" -> {
        requireTimeLeft();
        yield GroupsDrawing.of(sources.groups().groups(), panel);
      }
      default -> throw new UndrawnException("Panels of type " + type + " are not supported.");
    };
  }

  /// Returns the content of a text panel, Markdown converted to HTML. HTML in the text is escaped.
  private static PanelView text(JsonNode panel, Expansion variables) {
    String content = variables.text(panel.path("options").path("content").asText());
    String mode = panel.path("options").path("mode").asText("markdown");
    if (!mode.equals("markdown")) {
      throw new UndrawnException("Texts in " + mode + " are not supported.");
    }
    return new PanelView.Text(
        ControlCharacters.shown(HTML.render(ForeignImages.linked(MARKDOWN.parse(content)))));
  }

  private Drawing drawing(JsonNode panel, Expansion variables, List<Mark> marks) {
    if (!panel.path("timeShift").asText("").isEmpty()) {
      throw new UndrawnException("Panels with a time shift are not supported.");
    }
    Window window = window(panel);
    long step = Math.max(1, window.step().toMillis());
    long begin = until - window.range().toMillis();
    // As in Grafana, the range begins and ends at multiples of the step, so that reloads draw the
    // same points.
    var times = new Times(begin - begin % step, until - until % step, step);
    Expansion expansion = builtIn(window, variables);
    var answers = new ArrayList<Answer>();
    for (JsonNode target : panel.path("targets")) {
      if (!target.path("hide").asBoolean()) {
        answers.add(answer(panel, target, expansion, times));
      }
    }
    if (answers.isEmpty()) {
      throw new UndrawnException("The panel has no query.");
    }
    return new Drawing(panel, answers, times, marks);
  }

  private Window window(JsonNode panel) {
    int points = Math.max(100, panel.path("gridPos").path("w").asInt(24) * 60);
    return window(
        panel.path("maxDataPoints").asInt(points),
        duration(panel.path("timeFrom").asText(""), range()),
        duration(panel.path("interval").asText(""), scrape));
  }

  private static Expansion builtIn(Window window, Expansion variables) {
    Expansion expansion = variables;
    for (var builtIn : Variables.builtIn(window).entrySet()) {
      expansion = expansion.with(builtIn.getKey(), builtIn.getValue());
    }
    return expansion;
  }

  /// Returns the PromQL of a panel, with the values of variables.
  List<String> expressions(JsonNode panel, Expansion variables) {
    try {
      Expansion expansion = builtIn(window(panel), variables);
      return StreamSupport.stream(panel.path("targets").spliterator(), false)
          .filter(target -> !target.path("hide").asBoolean())
          .filter(target -> type(panel, target).equals("prometheus"))
          .map(target -> expansion.query(target.path("expr").asText()))
          .toList();
    } catch (UndrawnException _) { // the panel itself shows the reason
      return List.of();
    }
  }

  private static String type(JsonNode panel, JsonNode target) {
    return target
        .path("datasource")
        .path("type")
        .asText(panel.path("datasource").path("type").asText());
  }

  private Answer answer(JsonNode panel, JsonNode target, Expansion variables, Times times) {
    String type = type(panel, target);
    Evaluator source = source(type);
    boolean isInstant =
        target.path("instant").asBoolean() || target.path("queryType").asText().equals("instant");
    Expansion expanded =
        isInstant && type.equals("loki")
            ? variables.with(
                "__auto", Expansion.Chosen.plain((times.until() - times.from()) / 1000 + "s"))
            : variables;
    String query = expanded.query(target.path("expr").asText());
    requireTimeLeft();
    QueryResult result =
        isInstant
            ? source.instant(query, times.until())
            : source.range(query, times.from(), times.until(), Duration.ofMillis(times.step()));
    return new Answer(target, result.value());
  }

  private Evaluator source(String type) {
    return switch (type) {
      case "prometheus" -> sources.metrics();
      case "loki" -> logs().metrics();
      default -> throw new UndrawnException("Data sources of type " + type + " are not supported.");
    };
  }

  private QuerySources.Logs logs() {
    return sources
        .logs()
        .orElseThrow(() -> new UndrawnException("The panel needs a Loki; set --loki."));
  }

  private PanelView logs(JsonNode panel, Expansion variables) {
    var lines = new ArrayList<PanelView.LogLine>();
    for (JsonNode target : panel.path("targets")) {
      requireTimeLeft();
      lines.addAll(
          logs().lines(variables.query(target.path("expr").asText()), from, until, MAX_LOG_LINES));
    }
    return lines.isEmpty()
        ? new PanelView.Empty("No lines")
        : new PanelView.LogLines(lines, lines.size() >= MAX_LOG_LINES);
  }

  private void requireTimeLeft() {
    if (clock.millis() > deadline) {
      throw new UndrawnException("Not queried: the time limit for all panels was reached.");
    }
  }

  /// Returns the events of the dashboard's annotations whose data source is a Prometheus.
  ///
  /// @param remarks gets a sentence for each annotation that can't be queried
  List<Mark> marks(JsonNode dashboard, Expansion variables, List<String> remarks) {
    var marks = new ArrayList<Mark>();
    for (JsonNode annotation : dashboard.path("annotations").path("list")) {
      if (!annotation.path("enable").asBoolean()
          || !annotation.path("datasource").path("type").asText().equals("prometheus")) {
        continue;
      }
      String name = annotation.path("name").asText();
      long step = Math.max(60_000, step(500, range(), scrape).toMillis());
      try {
        requireTimeLeft();
        QueryResult found =
            sources
                .metrics()
                .range(
                    variables.query(annotation.path("expr").asText()),
                    from - from % step,
                    until - until % step,
                    Duration.ofMillis(step));
        if (found.value() instanceof RangeMatrix matrix) {
          matrix.series().forEach(series -> add(marks, series, annotation, step));
        }
      } catch (QueryException | UndrawnException e) {
        remarks.add("annotations " + name + " are not drawn: " + reason(e));
      }
    }
    if (marks.size() > MAX_MARKS) {
      remarks.add("only " + MAX_MARKS + " of " + marks.size() + " annotations are drawn");
    }
    return marks.stream().limit(MAX_MARKS).toList();
  }

  /// Adds an event for each run of adjacent positive samples.
  private static void add(
      List<Mark> marks, RangeMatrix.Series series, JsonNode annotation, long step) {
    String title =
        new Answer(
                JsonNodeFactory.instance
                    .objectNode()
                    .put("legendFormat", annotation.path("titleFormat").asText()),
                new RangeMatrix(List.of(series)))
            .legend(series.labels());
    String color = annotation.path("iconColor").asText("blue");
    long begin = -1;
    long last = -1;
    for (int i = 0; i < series.size(); i++) {
      long time = series.timestamps()[i];
      if (series.values()[i] > 0) {
        if (begin >= 0 && time - last > step) {
          marks.add(new Mark(begin, last, title, color));
          begin = -1;
        }
        begin = begin < 0 ? time : begin;
        last = time;
      }
    }
    if (begin >= 0) {
      marks.add(new Mark(begin, last, title, color));
    }
  }

  /// The servers that run the queries of dashboards.
  public record QuerySources(Evaluator metrics, Optional<Logs> logs, AlertGroups groups) {
    /// A notifier.
    @FunctionalInterface
    public interface AlertGroups {
      /// Returns the alert groups as Alertmanager's `/api/v2/alerts/groups` does.
      ///
      /// @throws io.pharos.promql.value.QueryException if the server has no notifier, refuses, or
      ///   can't be reached
      JsonNode groups();
    }

    /// A Loki server.
    public interface Logs {
      /// Returns the evaluator of LogQL queries with numeric results.
      Evaluator metrics();

      /// Returns the finder of label values.
      LabelValues labels();

      /// Returns the lines that a query selects, the newest first.
      ///
      /// @throws io.pharos.promql.value.QueryException if the query is refused or fails
      List<PanelView.LogLine> lines(String query, long fromMillis, long untilMillis, int limit);
    }
  }
}
