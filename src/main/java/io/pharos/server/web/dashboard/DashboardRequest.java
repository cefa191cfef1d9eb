package io.pharos.server.web.dashboard;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.dashboards.VariableChoices;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import io.pharos.server.web.design.PageLinks;
import jakarta.ws.rs.core.MultivaluedMap;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// What a reader asks of a dashboard, by the parameters of Grafana's addresses: `from`, `to`,
/// `refresh`, and `var-NAME` for each variable.
///
/// @param from start of the range as text, such as `now-6h` or Unix milliseconds
/// @param to end of the range as text
/// @param since start of the range
/// @param until end of the range
/// @param refresh interval at which the page updates itself; zero for never
/// @param variables the chosen values by the name of the variable
/// @param problems a sentence for each parameter that is not used
record DashboardRequest(
    String from,
    String to,
    Instant since,
    Instant until,
    Duration refresh,
    Map<String, List<String>> variables,
    List<String> problems) {
  private static final String PREFIX = "var-";
  private static final int MAX_VALUES = 200;
  private static final Duration MAX_RANGE = Duration.ofDays(3650);
  private static final Duration MIN_RANGE = Duration.ofMinutes(1);
  private static final Duration DEFAULT_RANGE = Duration.ofHours(1);
  private static final Duration DEFAULT_REFRESH = Duration.ofSeconds(30);
  private static final Duration MIN_REFRESH = Duration.ofSeconds(5);

  DashboardRequest {
    variables = Map.copyOf(variables);
    problems = List.copyOf(problems);
  }

  /// Reads the parameters. Where they are missing or wrong, the dashboard's own range is used, and
  /// an hour if it has none.
  static DashboardRequest of(
      JsonNode dashboard, MultivaluedMap<String, String> parameters, Instant now) {
    var problems = new ArrayList<String>();
    String from = text(parameters, "from", dashboard.at("/time/from").asText("now-1h"));
    String to = text(parameters, "to", dashboard.at("/time/to").asText("now"));
    Optional<Instant> since = time("from", from, now, problems);
    Optional<Instant> until = time("to", to, now, problems);
    if (since.isPresent() && until.isPresent()) {
      Duration range = Duration.between(since.get(), until.get());
      if (range.compareTo(MIN_RANGE) < 0 || range.compareTo(MAX_RANGE) > 0) {
        problems.add("A range has at least a minute and at most ten years.");
        since = Optional.empty();
      }
    }
    boolean isUsable = since.isPresent() && until.isPresent();
    return new DashboardRequest(
        isUsable ? from : "now-1h",
        isUsable ? to : "now",
        isUsable ? since.get() : now.minus(DEFAULT_RANGE),
        isUsable ? until.get() : now,
        refresh(parameters, problems),
        variables(parameters),
        problems);
  }

  private static String text(
      MultivaluedMap<String, String> parameters, String name, String defaultValue) {
    String text = parameters.getFirst(name);
    return text == null || text.isBlank() ? defaultValue : text.strip();
  }

  private static Optional<Instant> time(
      String name, String text, Instant now, List<String> problems) {
    try {
      return Optional.of(
          text.equals("now")
              ? now
              : text.startsWith("now-")
                  ? now.minus(PromDuration.parse(text.substring(4)))
                  : text.matches("[0-9]{1,15}")
                      ? Instant.ofEpochMilli(Long.parseLong(text))
                      : Instant.parse(text));
    } catch (IllegalArgumentException | DateTimeException | ArithmeticException _) {
      problems.add(
          "%s=%s is no time, expected now, now-6h, Unix milliseconds or 2026-01-31T12:00:00Z."
              .formatted(name, Quoted.of(text)));
      return Optional.empty();
    }
  }

  private static Duration refresh(
      MultivaluedMap<String, String> parameters, List<String> problems) {
    String text = text(parameters, "refresh", "");
    if (text.isEmpty()) {
      return DEFAULT_REFRESH;
    }
    try {
      Duration refresh = text.equals("off") ? Duration.ZERO : PromDuration.parse(text);
      return refresh.isZero() || refresh.compareTo(MIN_REFRESH) >= 0 ? refresh : MIN_REFRESH;
    } catch (IllegalArgumentException _) {
      problems.add("refresh=%s is no duration such as 30s, nor off.".formatted(Quoted.of(text)));
      return DEFAULT_REFRESH;
    }
  }

  private static Map<String, List<String>> variables(MultivaluedMap<String, String> parameters) {
    var chosen = new HashMap<String, List<String>>();
    parameters.forEach(
        (name, values) -> {
          List<String> some = values.stream().limit(MAX_VALUES).toList();
          if (name.startsWith(PREFIX) && !some.isEmpty()) {
            chosen.put(name.substring(PREFIX.length()), some);
          }
        });
    return chosen;
  }

  VariableChoices choices(boolean needsOptions) {
    return new VariableChoices(variables, needsOptions);
  }

  /// Returns this request with its range rounded down to multiples of a duration, so that several
  /// readers of one dashboard ask the same.
  DashboardRequest rounded(Duration to) {
    long step = to.toMillis();
    return new DashboardRequest(
        from,
        this.to,
        Instant.ofEpochMilli(since.toEpochMilli() / step * step),
        Instant.ofEpochMilli(until.toEpochMilli() / step * step),
        refresh,
        variables,
        problems);
  }

  /// Returns the parameters of this request, of another range.
  String query(String otherFrom, String otherTo) {
    var parameters = new ArrayList<String>();
    parameters.add("from=" + PageLinks.encoded(otherFrom));
    parameters.add("to=" + PageLinks.encoded(otherTo));
    parameters.add("refresh=" + refreshText());
    new TreeMap<>(variables)
        .forEach(
            (name, values) ->
                values.forEach(
                    value ->
                        parameters.add(
                            PageLinks.encoded(PREFIX + name) + "=" + PageLinks.encoded(value))));
    return parameters.stream().collect(Collectors.joining("&"));
  }

  /// Returns the parameters of this request.
  String query() {
    return query(from, to);
  }

  String refreshText() {
    return refresh.isZero() ? "off" : PromDuration.format(refresh);
  }
}
