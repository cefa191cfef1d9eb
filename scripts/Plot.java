import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/// Draws docs/performance.svg from docs/performance.tsv: the CPU of a rule evaluation by window and by number of series.
/// Each row has a figure (`window` or `series`), a place on its x axis, a system, and milliseconds of CPU. Both axes are
/// logarithmic. In a browser's dark mode the picture is dark.
///
///     ./pharos bench plot
public final class Plot {
  private static final int WIDTH = 480;
  private static final int HEIGHT = 360;
  private static final int LEFT = 64;
  private static final int RIGHT = 110;
  private static final int TOP = 52;
  private static final int BOTTOM = 56;
  private static final List<String> SYSTEMS = List.of("prometheus", "pharos");
  private static final String STYLE = """
      <style>
      svg { background: #ffffff; font: 12px system-ui, sans-serif; fill: #1f2328; }
      .title { font-weight: 600; font-size: 14px; }
      .axis { fill: #59636e; }
      .grid { stroke: #d8dee4; } .minor { stroke: #eef1f4; } .frame { stroke: #8c959f; fill: none; }
      .pharos { fill: #0b5fb0; } .prometheus { fill: #b8450b; }
      .line { fill: none; stroke-width: 2; } .line.pharos { stroke: #0b5fb0; } .line.prometheus { stroke: #b8450b; }
      .name { font-weight: 600; font-size: 13px; }
      @media (prefers-color-scheme: dark) {
        svg { background: #0d1117; fill: #e6edf3; }
        .axis { fill: #9198a1; }
        .grid { stroke: #2a313c; } .minor { stroke: #1a2028; } .frame { stroke: #656c76; }
        .pharos { fill: #6cb6ff; } .prometheus { fill: #ff9d5c; }
        .line.pharos { stroke: #6cb6ff; } .line.prometheus { stroke: #ff9d5c; }
        .line { fill: none; }
      }
      </style>
      """;

  /// A figure.
  ///
  /// @param axis label of the x axis
  /// @param values milliseconds by place on the x axis, by system
  /// @param places labels of the places
  private record Figure(String title, String axis, Map<String, Map<Double, Double>> values, Map<Double, String> places) {
    Figure(String title, String axis) {
      this(title, axis, new LinkedHashMap<>(), new TreeMap<>());
    }
  }

  /// A logarithmic scale: maps the values `min` to `max` to the coordinates `from` to `to`.
  private record Scale(double min, double max, double from, double to) {
    double at(double value) {
      return from + (to - from) * Math.log(value / min) / Math.log(max / min);
    }
  }

  public static void main(String[] words) throws Exception {
    Path docs = Path.of(System.getProperty("pharos.home", ".")).resolve("docs");
    Path table = docs.resolve("performance.tsv");
    if (words.length > 0) {
      end(64, "unexpected " + words[0] + ", expected nothing");
    }
    if (!Files.exists(table)) {
      end(1, table + " is missing; ./pharos bench windows and ./pharos bench series write it");
    }
    var figures = new LinkedHashMap<String, Figure>();
    figures.put("window", new Figure("By the window: 5 series, a sample every 5 s", "range of rate(), logarithmic"));
    figures.put("series", new Figure("By number of series: a rule reads a thousandth", "series scraped, logarithmic"));
    List<String> rows = Files.readAllLines(table);
    for (int i = 0; i < rows.size(); i++) {
      try {
        read(rows.get(i), figures);
      } catch (IllegalArgumentException e) {
        end(1, table + ":" + (i + 1) + ": " + e.getMessage());
      }
    }
    figures.values().removeIf(figure -> figure.places.size() < 2); // a line needs two places
    if (figures.isEmpty()) {
      end(1, table + " has no figure with two places");
    }
    write(docs.resolve("performance.svg"), List.copyOf(figures.values()));
  }

  private static void end(int code, String reason) {
    System.err.println("bench plot: " + reason);
    System.exit(code);
  }

  private static void read(String row, Map<String, Figure> figures) {
    String[] cells = row.split("\t", -1);
    Figure figure = cells.length == 4 ? figures.get(cells[0]) : null;
    if (figure == null || !SYSTEMS.contains(cells[2])) {
      throw new IllegalArgumentException("found " + row + ", expected window or series, a place, pharos or prometheus, and a number");
    }
    double place = place(cells[1]);
    double value = Double.parseDouble(cells[3]);
    if (!(value > 0)) {
      throw new IllegalArgumentException("found " + cells[3] + ", expected milliseconds above 0");
    }
    boolean isNumber = !figures.get("window").equals(figure);
    figure.places.put(place, isNumber ? grouped(place) : cells[1].replaceAll("([a-z])", " $1"));
    figure.values.computeIfAbsent(cells[2], _ -> new TreeMap<>()).put(place, value);
  }

  private static double place(String text) {
    char unit = text.isEmpty() ? ' ' : text.charAt(text.length() - 1);
    double factor = switch (unit) {
      case 's' -> 1;
      case 'm' -> 60;
      case 'h' -> 3_600;
      case 'd' -> 86_400;
      default -> 0;
    };
    return factor == 0 ? Double.parseDouble(text) : factor * Double.parseDouble(text.substring(0, text.length() - 1));
  }

  private static String grouped(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  private static void write(Path file, List<Figure> figures) throws IOException {
    var svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"t d\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %1$d %2$d\">%n"
        .formatted(figures.size() * WIDTH, HEIGHT));
    svg.append("<title id=\"t\">CPU of one evaluation of a rule, Pharos and Prometheus</title>\n");
    svg.append("<desc id=\"d\">").append(String.join(" ", figures.stream().map(Plot::description).toList())).append("</desc>\n").append(STYLE);
    var all = figures.stream().flatMap(figure -> figure.values.values().stream()).flatMap(it -> it.values().stream()).toList();
    double min = bound(all.stream().mapToDouble(it -> it).min().orElse(1) * 0.6, false);
    double max = bound(all.stream().mapToDouble(it -> it).max().orElse(1) * 1.4, true);
    var y = new Scale(min, max, HEIGHT - BOTTOM, TOP);
    for (int i = 0; i < figures.size(); i++) {
      draw(figures.get(i), i * WIDTH, y, svg);
    }
    Files.writeString(file, svg.append("</svg>\n"));
  }

  /* Rounds up or down to 1, 2 or 5 times a power of ten. */
  private static double bound(double value, boolean up) {
    double power = Math.pow(10, Math.floor(Math.log10(value)));
    double bound = power;
    for (double step : new double[] {1, 2, 5, 10}) {
      if (up && step * power >= value) {
        return step * power;
      }
      if (step * power <= value) {
        bound = step * power;
      }
    }
    return bound;
  }

  private static String description(Figure figure) {
    var parts = new ArrayList<String>();
    figure.values.forEach((system, values) -> values.forEach((place, value) -> parts.add(name(system) + " " + figure.places.get(place) + ": " + number(value) + " ms")));
    return figure.title + ": " + String.join(", ", parts) + ".";
  }

  private static String name(String system) {
    return Character.toUpperCase(system.charAt(0)) + system.substring(1);
  }

  private static String number(double value) {
    return value >= 100 ? grouped(value) : String.format(Locale.ROOT, "%." + Math.max(0, 1 - (int) Math.floor(Math.log10(value))) + "f", value);
  }

  private static void draw(Figure figure, int left, Scale y, StringBuilder svg) {
    double right = left + WIDTH - RIGHT;
    var places = List.copyOf(figure.places.keySet());
    var x = new Scale(places.getFirst(), places.getLast(), left + LEFT + 26, right - 22);
    text(svg, left + LEFT, 20, "start", "title", figure.title);
    text(svg, left + LEFT, 39, "start", "axis", "CPU of one evaluation, ms, logarithmic");
    grid(left + LEFT, right, y, svg);
    figure.places.forEach((place, label) -> {
      svg.append(String.format(Locale.ROOT, "<path class=\"frame\" d=\"M%.1f %dv5\"/>%n", x.at(place), HEIGHT - BOTTOM));
      text(svg, x.at(place), HEIGHT - BOTTOM + 19, "middle", "", label);
    });
    text(svg, (left + LEFT + right) / 2, HEIGHT - 14, "middle", "axis", figure.axis);
    for (String system : SYSTEMS) {
      Map<Double, Double> values = figure.values.getOrDefault(system, Map.of());
      var path = new StringBuilder();
      values.forEach((place, value) -> path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x.at(place), y.at(value))));
      svg.append("<path class=\"line %s\" d=\"%s\"/>%n".formatted(system, path));
      values.forEach((place, value) -> point(figure, system, place, value, x, y, svg));
    }
  }

  private static void point(Figure figure, String system, double place, double value, Scale x, Scale y, StringBuilder svg) {
    double atX = x.at(place);
    double atY = y.at(value);
    svg.append(system.equals("pharos")
        ? String.format(Locale.ROOT, "<circle class=\"pharos\" cx=\"%.1f\" cy=\"%.1f\" r=\"4\"/>%n", atX, atY)
        : String.format(Locale.ROOT, "<rect class=\"prometheus\" x=\"%.1f\" y=\"%.1f\" width=\"7\" height=\"7\"/>%n", atX - 3.5, atY - 3.5));
    boolean isAbove = figure.values.keySet().stream()
        .filter(other -> !other.equals(system))
        .map(other -> figure.values.get(other).get(place))
        .allMatch(other -> other == null || other <= value);
    text(svg, atX, atY + (isAbove ? -10 : 20), "middle", system, number(value));
    if (place == ((TreeMap<Double, Double>) figure.values.get(system)).lastKey()) {
      text(svg, atX + 24, atY + 4, "start", "name " + system, name(system));
    }
  }

  private static void grid(double left, double right, Scale y, StringBuilder svg) {
    for (int power = (int) Math.floor(Math.log10(y.min)); power <= Math.log10(y.max) + 1e-9; power++) {
      for (int step = 1; step < 10; step++) {
        double value = step * Math.pow(10, power);
        if (value < y.min * 0.999 || value > y.max * 1.001) {
          continue;
        }
        svg.append(String.format(Locale.ROOT, "<path class=\"%s\" d=\"M%.1f %.1fH%.1f\"/>%n", step == 1 ? "grid" : "minor", left, y.at(value), right));
        if (step == 1) {
          text(svg, left - 8, y.at(value) + 4, "end", "axis", power >= 0 ? grouped(value) : String.format(Locale.ROOT, "%." + -power + "f", value));
        }
      }
    }
    svg.append(String.format(Locale.ROOT, "<path class=\"frame\" d=\"M%.1f %dV%dH%.1f\"/>%n", left, TOP, HEIGHT - BOTTOM, right));
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String style, String text) {
    svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\"%s>%s</text>%n",
        x, y, anchor, style.isEmpty() ? "" : " class=\"" + style + "\"", text));
  }
}
