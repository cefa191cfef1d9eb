package io.pharos.dashboards;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.dashboards.DashboardFiles.LabelValues;
import io.pharos.dashboards.DashboardFiles.Window;
import io.pharos.dashboards.Expansion.Chosen;
import io.pharos.dashboards.Sheet.ShownVariable;
import io.pharos.model.Re2;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/// The variables of a dashboard with their values.
///
/// @param expansion their values and those of Grafana's built-in variables
/// @param shown the variables that people see, in the order of the file
/// @param remarks a sentence for each value that could not be found
record Variables(Expansion expansion, List<ShownVariable> shown, List<String> remarks) {
  Variables {
    shown = List.copyOf(shown);
    remarks = List.copyOf(remarks);
  }

  /// Reads the variables in the order of the file. A variable may refer to earlier ones.
  ///
  /// @param finders finders of label values, by type of the data source
  static Variables of(
      JsonNode dashboard,
      VariableChoices choices,
      Window window,
      Map<String, LabelValues> finders) {
    var expansion = new Expansion(builtIn(window));
    var shown = new ArrayList<ShownVariable>();
    var remarks = new ArrayList<String>();
    for (JsonNode variable : dashboard.path("templating").path("list")) {
      String name = variable.path("name").asText();
      boolean isShown =
          variable.path("hide").asInt() == 0
              && !variable.path("type").asText().equals("datasource");
      List<String> selected = choices.values().getOrDefault(name, current(variable));
      Expansion earlier = expansion;
      Supplier<List<String>> options = memoized(() -> options(variable, earlier, finders, remarks));
      Chosen chosen = chosen(variable, selected, options);
      expansion = expansion.with(name, chosen);
      if (isShown) {
        boolean isAll = selected.contains(Sheet.ALL);
        shown.add(
            new ShownVariable(
                name,
                variable.path("label").asText(name),
                isAll ? "All" : String.join(" + ", chosen.values()),
                isAll ? List.of(Sheet.ALL) : chosen.values(),
                choices.needsOptions() ? options.get() : List.of(),
                variable.path("type").asText().equals("textbox"),
                variable.path("multi").asBoolean(),
                variable.path("includeAll").asBoolean()));
      }
    }
    return new Variables(expansion, shown, remarks);
  }

  private static Supplier<List<String>> memoized(Supplier<List<String>> options) {
    var known = new ArrayList<List<String>>(1);
    return () -> {
      if (known.isEmpty()) {
        known.add(options.get());
      }
      return known.getFirst();
    };
  }

  /// Returns Grafana's built-in variables.
  static Map<String, Chosen> builtIn(Window window) {
    var values = new TreeMap<String, Chosen>();
    put(values, "__rate_interval", window.rateInterval());
    put(values, "__interval", window.step());
    put(values, "__auto", window.step());
    put(values, "__range", window.range());
    return values;
  }

  private static void put(Map<String, Chosen> values, String name, Duration duration) {
    values.put(name, Chosen.plain(duration.toSeconds() + "s"));
    values.put(name + "_s", Chosen.plain(Long.toString(duration.toSeconds())));
    values.put(name + "_ms", Chosen.plain(Long.toString(duration.toMillis())));
  }

  /// Returns the default values of a variable.
  private static List<String> current(JsonNode variable) {
    JsonNode current = variable.path("current").path("value");
    var values = new ArrayList<String>();
    if (current.isArray()) {
      current.forEach(value -> values.add(value.asText()));
    } else if (!current.isMissingNode() && !current.isNull()) {
      values.add(current.asText());
    }
    return values;
  }

  private static Chosen chosen(
      JsonNode variable, List<String> selected, Supplier<List<String>> options) {
    boolean isChoice =
        variable.path("multi").asBoolean() || variable.path("includeAll").asBoolean();
    if (selected.contains(Sheet.ALL)) {
      String allValue = variable.path("allValue").asText("");
      return variable.path("allValue").isTextual() && !allValue.isEmpty()
          ? new Chosen(List.of(allValue), true, true)
          : new Chosen(options.get(), false, true);
    }
    List<String> values =
        selected.isEmpty() ? options.get().stream().limit(1).toList() : selected; // as in Grafana
    return new Chosen(values.isEmpty() ? List.of("") : values, false, isChoice);
  }

  /// Returns the options of a variable.
  private static List<String> options(
      JsonNode variable,
      Expansion earlier,
      Map<String, LabelValues> finders,
      List<String> remarks) {
    JsonNode query = variable.path("query");
    String text = earlier.query(query.isObject() ? query.path("query").asText() : query.asText());
    return switch (variable.path("type").asText()) {
      case "query" -> queried(variable, text, finders, remarks);
      case "custom" ->
          Arrays.stream(text.split(","))
              .map(String::strip)
              .map(
                  option ->
                      option.substring(option.indexOf(" : ") < 0 ? 0 : option.indexOf(" : ") + 3))
              .toList();
      case "interval" -> List.of(text.split(","));
      default -> List.of(text);
    };
  }

  private static List<String> queried(
      JsonNode variable, String text, Map<String, LabelValues> finders, List<String> remarks) {
    String prefix = "variable " + variable.path("name").asText() + ": ";
    LabelValues source = finders.get(variable.path("datasource").path("type").asText("prometheus"));
    if (!text.startsWith("label_values(") || !text.endsWith(")")) {
      remarks.add(prefix + text + " is not supported, expected label_values(…)");
      return List.of();
    }
    if (source == null) {
      remarks.add(prefix + "no data source for " + text);
      return List.of();
    }
    String inner = text.substring("label_values(".length(), text.length() - 1);
    int comma = inner.lastIndexOf(',');
    List<String> values =
        comma < 0
            ? source.of("", inner.strip())
            : source.of(inner.substring(0, comma).strip(), inner.substring(comma + 1).strip());
    try {
      return filtered(values, variable.path("regex").asText());
    } catch (PatternSyntaxException e) {
      remarks.add(prefix + "invalid regex: " + e.getMessage());
      return List.of();
    }
  }

  /// Returns the values that a regular expression `/…/` matches. If it has a group, returns what
  /// the group matches in each of them.
  private static List<String> filtered(List<String> values, String regex) {
    Set<String> found = new TreeSet<>();
    Pattern pattern =
        Re2.compile(
            regex.length() > 1 && regex.startsWith("/") && regex.endsWith("/")
                ? regex.substring(1, regex.length() - 1)
                : regex,
            0);
    for (String value : values) {
      Matcher matcher = pattern.matcher(value);
      if (regex.isEmpty()) {
        found.add(value);
      } else if (matcher.find()) {
        found.add(matcher.groupCount() > 0 && matcher.group(1) != null ? matcher.group(1) : value);
      }
    }
    return List.copyOf(found);
  }
}
