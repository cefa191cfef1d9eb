import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/// Draws docs/performance.svg of docs/performance.tsv: what an evaluation of a rule costs by its window and by the number of
/// series. Each row is a figure (`window` or `series`), a place on its axis, a system, and milliseconds of CPU.
///
///     ./pharos bench plot
public final class Plot {
  private static final int WIDTH = 420;
  private static final int HEIGHT = 300;
  private static final int LEFT = 62;
  private static final int TOP = 44;
  private static final int BOTTOM = 46;
  private static final Map<String, String> COLORS = Map.of("pharos", "#1f78c1", "prometheus", "#e0752d");

  /// The values of a figure: by system, by place.
  private record Figure(String title, List<String> places, Map<String, Map<String, Double>> values) {}

  public static void main(String[] words) throws Exception {
    Path docs = Path.of(System.getProperty("pharos.home", ".")).resolve("docs");
    var figures = new LinkedHashMap<String, Figure>();
    figures.put("window", new Figure("by window, 100 series, 20 rules a second", new ArrayList<>(), new LinkedHashMap<>()));
    figures.put("series", new Figure("by series, 1,000 rules of 17 kinds, windows up to [1h]", new ArrayList<>(), new LinkedHashMap<>()));
    for (String row : Files.readAllLines(docs.resolve("performance.tsv"))) {
      String[] cells = row.split("\t", -1);
      Figure figure = cells.length == 4 ? figures.get(cells[0]) : null;
      if (figure == null || !COLORS.containsKey(cells[2])) {
        throw new IllegalArgumentException("performance.tsv: " + row + ": expected window or series, a place, a system and a number");
      }
      if (!figure.places.contains(cells[1])) {
        figure.places.add(cells[1]);
      }
      figure.values.computeIfAbsent(cells[2], _ -> new LinkedHashMap<>()).put(cells[1], Double.parseDouble(cells[3]));
    }
    figures.values().removeIf(figure -> figure.places.size() < 2); // nothing to draw a line through
    var svg = new StringBuilder();
    svg.append("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">%n".formatted(figures.size() * WIDTH, HEIGHT));
    svg.append("<rect width=\"100%\" height=\"100%\" fill=\"white\"/>\n");
    int left = 0;
    for (Figure figure : figures.values()) {
      draw(figure, left, svg);
      left += WIDTH;
    }
    Files.writeString(docs.resolve("performance.svg"), svg.append("</svg>\n"));
  }

  private static void draw(Figure figure, int left, StringBuilder svg) {
    text(svg, left + LEFT, 18, "start", "CPU of one evaluation, ms");
    text(svg, left + LEFT, 34, "start", figure.title);
    double most = figure.values.values().stream().flatMap(it -> it.values().stream()).mapToDouble(it -> it).max().orElse(1);
    double least = figure.values.values().stream().flatMap(it -> it.values().stream()).mapToDouble(it -> it).min().orElse(1);
    int high = (int) Math.ceil(Math.log10(most));
    int low = (int) Math.floor(Math.log10(least));
    for (int power = low; power <= high; power++) {
      double y = y(Math.pow(10, power), low, high);
      svg.append(String.format(Locale.ROOT, "<path d=\"M%d %.1fH%d\" stroke=\"#ddd\"/>%n", left + LEFT, y, left + WIDTH - 20));
      text(svg, left + LEFT - 6, y + 4, "end", power >= 0 ? Long.toString((long) Math.pow(10, power)) : "0." + "0".repeat(-power - 1) + "1");
    }
    for (int i = 0; i < figure.places.size(); i++) {
      text(svg, x(left, i, figure), HEIGHT - BOTTOM + 18, "middle", figure.places.get(i));
    }
    int legend = 0;
    for (var system : figure.values.entrySet()) {
      String color = COLORS.get(system.getKey());
      var path = new StringBuilder();
      for (var point : system.getValue().entrySet()) {
        double x = x(left, figure.places.indexOf(point.getKey()), figure);
        double y = y(point.getValue(), low, high);
        path.append(String.format(Locale.ROOT, "%s%.1f %.1f", path.isEmpty() ? "M" : "L", x, y));
        svg.append(String.format(Locale.ROOT, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>%n", x, y, color));
        text(svg, x, y - 7, "middle", String.format(Locale.ROOT, "%.3g", point.getValue()));
      }
      svg.append("<path d=\"%s\" fill=\"none\" stroke=\"%s\" stroke-width=\"2\"/>%n".formatted(path, color));
      svg.append("<rect x=\"%d\" y=\"%d\" width=\"10\" height=\"10\" fill=\"%s\"/>%n".formatted(left + LEFT + legend, HEIGHT - 18, color));
      text(svg, left + LEFT + legend + 15, HEIGHT - 9, "start", system.getKey());
      legend += 110;
    }
  }

  private static double x(int left, int place, Figure figure) {
    return left + LEFT + 20 + (WIDTH - LEFT - 60.0) * place / Math.max(1, figure.places.size() - 1);
  }

  private static double y(double value, int low, int high) {
    return HEIGHT - BOTTOM - (HEIGHT - BOTTOM - TOP) * (Math.log10(value) - low) / Math.max(1, high - low);
  }

  private static void text(StringBuilder svg, double x, double y, String anchor, String text) {
    svg.append(String.format(Locale.ROOT, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\">%s</text>%n", x, y, anchor, text));
  }
}
