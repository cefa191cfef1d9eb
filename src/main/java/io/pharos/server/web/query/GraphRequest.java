package io.pharos.server.web.query;

import io.pharos.model.PromDuration;
import jakarta.ws.rs.core.MultivaluedMap;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Function;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/// The parameters of the query page, as in Prometheus: `g0.expr`, `g0.range_input`, `g0.end_input`
/// and so on for the first panel, `g1.expr` and so on for the second. Invalid parameters are
/// reported on the page and ignored.
///
/// @param more whether the request has more panels than a page shows
public record GraphRequest(List<Panel> panels, boolean more) {
  /// Maximum number of panels. Each panel costs several queries.
  static final int MAX_PANELS = 5;

  static final Duration DEFAULT_RANGE = Duration.ofHours(1);
  private static final Duration MAX_RANGE = Duration.ofDays(3660);
  private static final Instant EARLIEST = Instant.EPOCH;
  private static final Instant LATEST = Instant.parse("2200-01-01T00:00:00Z");

  /* The format of times on Prometheus' graph page, in UTC. */
  private static final DateTimeFormatter DAY_AND_CLOCK =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd HH:mm")
          .appendOptional(DateTimeFormatter.ofPattern(":ss"))
          .toFormatter();

  public GraphRequest {
    panels = List.copyOf(panels);
  }

  /// How a panel shows its series.
  public enum Display {
    LINES,
    STACKED,
    HEATMAP;

    /// Returns the word in the address.
    public String word() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /// One panel with its expression.
  ///
  /// @param range length of the shown time range
  /// @param end end of the range; null if the range ends now
  /// @param moment time of the values in the table; null if it is the end of the range
  /// @param step time between two points; null if Pharos chooses a step that suits the range
  /// @param isExplained whether the page shows the results of the expression's parts
  /// @param since start of the alert that the page was opened for; null if it was not opened for an
  ///   alert
  /// @param until end of that alert; null if the alert has not ended or there is none
  /// @param problems descriptions of invalid parameters
  public record Panel(
      int index,
      String expression,
      Duration range,
      @Nullable Instant end,
      @Nullable Instant moment,
      @Nullable Duration step,
      Display display,
      boolean isExplained,
      @Nullable Instant since,
      @Nullable Instant until,
      List<String> problems) {
    public Panel {
      problems = List.copyOf(problems);
    }

    /// Returns a panel of an expression whose range ends now.
    ///
    /// @param since start of the alert that the chart marks; null if it marks none
    public static Panel of(String expression, Duration range, @Nullable Instant since) {
      return new Panel(
          0, expression, range, null, null, null, Display.LINES, false, since, null, List.of());
    }

    static Panel empty(int index) {
      return new Panel(
          index, "", DEFAULT_RANGE, null, null, null, Display.LINES, false, null, null, List.of());
    }

    private Panel at(Duration otherRange, @Nullable Instant otherEnd) {
      return new Panel(
          index,
          expression,
          otherRange,
          otherEnd,
          null,
          step,
          display,
          isExplained,
          since,
          until,
          problems);
    }

    boolean stacked() {
      return display == Display.STACKED;
    }

    /// Returns the panel with another expression.
    Panel of(String other) {
      return new Panel(
          index, other, range, end, moment, step, display, isExplained, since, until, problems);
    }
  }

  static GraphRequest of(MultivaluedMap<String, String> parameters) {
    var panels = new ArrayList<Panel>();
    int index = 0;
    while (panels.size() < MAX_PANELS && parameters.containsKey("g" + index + ".expr")) {
      panels.add(new Reader(parameters, index).panel());
      index++;
    }
    if (panels.isEmpty()) {
      panels.add(Panel.empty(0));
    }
    return new GraphRequest(panels, parameters.containsKey("g" + MAX_PANELS + ".expr"));
  }

  /// Returns the URL of this page with another range and end for one panel.
  String address(Panel changed, Duration range, @Nullable Instant end) {
    var query = new StringBuilder("/graph?");
    for (Panel panel : panels) {
      append(query, panel.index() == changed.index() ? panel.at(range, end) : panel);
    }
    return query.toString();
  }

  /// Returns the URL of this page with another expression in one panel.
  String address(Panel changed, String expression) {
    var query = new StringBuilder("/graph?");
    for (Panel panel : panels) {
      append(query, panel.index() == changed.index() ? panel.of(expression) : panel);
    }
    return query.toString();
  }

  /// Returns the parameters of this page.
  String query() {
    var query = new StringBuilder("?");
    panels.forEach(panel -> append(query, panel));
    return query.substring(1);
  }

  /// Returns the URL of this page with an additional empty panel.
  String addressWithOneMore() {
    var query = new StringBuilder("/graph?");
    panels.forEach(panel -> append(query, panel));
    append(query, Panel.empty(panels.size()));
    return query.toString();
  }

  private static void append(StringBuilder query, Panel panel) {
    String prefix = "g" + panel.index() + ".";
    pair(query, prefix + "expr", panel.expression());
    pair(query, prefix + "range_input", PromDuration.format(panel.range()));
    pair(query, prefix + "end_input", panel.end());
    pair(query, prefix + "moment_input", panel.moment());
    pair(query, prefix + "since", panel.since());
    pair(query, prefix + "until", panel.until());
    Duration step = panel.step();
    if (step != null) {
      pair(query, prefix + "step_input", PromDuration.format(step));
    }
    if (panel.display() != Display.LINES) {
      pair(query, prefix + "display_mode", panel.display().word());
    }
    if (panel.isExplained()) {
      pair(query, prefix + "show_tree", "1");
    }
  }

  private static void pair(StringBuilder query, String name, @Nullable Object value) {
    if (value != null) {
      query
          .append(query.charAt(query.length() - 1) == '?' ? "" : "&")
          .append(name)
          .append('=')
          .append(URLEncoder.encode(value.toString(), StandardCharsets.UTF_8));
    }
  }

  /// Reads the parameters of one panel.
  private static final class Reader {
    private final MultivaluedMap<String, String> parameters;
    private final int index;
    private final List<String> problems = new ArrayList<>();

    Reader(MultivaluedMap<String, String> parameters, int index) {
      this.parameters = parameters;
      this.index = index;
    }

    Panel panel() {
      Duration range = duration("range_input");
      if (range != null && range.compareTo(MAX_RANGE) > 0) {
        problems.add("the range was shortened to ten years");
        range = MAX_RANGE;
      }
      Duration step = duration("step_input");
      return new Panel(
          index,
          text("expr").strip(),
          range == null ? DEFAULT_RANGE : range,
          time("end_input"),
          time("moment_input"),
          step == null ? duration("res_step") : step,
          display(),
          text("show_tree").equals("1"),
          time("since"),
          time("until"),
          problems);
    }

    private Display display() {
      String word = text("stacked").equals("1") ? "stacked" : text("display_mode");
      return Stream.of(Display.values())
          .filter(display -> display.word().equals(word))
          .findFirst()
          .orElse(Display.LINES);
    }

    private String text(String name) {
      return Optional.ofNullable(parameters.getFirst("g" + index + "." + name)).orElse("");
    }

    private @Nullable Instant time(String name) {
      return read(name, "a time such as 2026-01-31 12:00", GraphRequest::time);
    }

    private @Nullable Duration duration(String name) {
      return read(name, "a duration such as 1h", GraphRequest::duration);
    }

    private <T> @Nullable T read(
        String name, String expected, Function<String, Optional<T>> reader) {
      String text = text(name).strip();
      if (text.isEmpty()) {
        return null;
      }
      Optional<T> value = reader.apply(text);
      if (value.isEmpty()) {
        problems.add("g" + index + "." + name + ": '" + text + "' is not " + expected);
      }
      return value.orElse(null);
    }
  }

  private static Optional<Instant> time(String text) {
    try {
      Instant time =
          text.matches("[0-9]{1,12}(\\.[0-9]{1,9})?")
              ? Instant.ofEpochMilli(Math.round(Double.parseDouble(text) * 1000))
              : text.contains("T")
                  ? OffsetDateTime.parse(text).toInstant()
                  : LocalDateTime.parse(text, DAY_AND_CLOCK).toInstant(ZoneOffset.UTC);
      return Optional.of(time).filter(it -> !it.isBefore(EARLIEST) && it.isBefore(LATEST));
    } catch (DateTimeException _) {
      return Optional.empty();
    }
  }

  private static Optional<Duration> duration(String text) {
    try {
      Duration duration =
          text.matches("[0-9]{1,10}(\\.[0-9]{1,9})?")
              ? Duration.ofMillis(Math.round(Double.parseDouble(text) * 1000))
              : PromDuration.parse(text);
      return Optional.of(duration).filter(it -> it.compareTo(Duration.ofSeconds(1)) >= 0);
    } catch (IllegalArgumentException _) {
      return Optional.empty();
    }
  }
}
