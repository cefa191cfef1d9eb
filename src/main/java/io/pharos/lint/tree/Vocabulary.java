package io.pharos.lint.tree;

import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.RuleIndex;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.VectorMatching;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The names of metrics and labels in the versioned files, with their places. A name that is used
/// only once, and that differs by one letter from a name that is used more often, is probably
/// misspelt.
final class Vocabulary {
  /// A place where a name is used.
  private record Place(String file, int line) {}

  private static final String METRIC = "metric";
  private static final String LABEL = "label";
  private static final int MIN_LENGTH = 4;

  /// Labels of many programs.
  private static final Set<String> USUAL =
      Set.of(
          ("app az cluster code container cpu db dc dev device env gpu handler host id image ip job"
                  + " le method mode name namespace node ns os path pid pod pool pvc queue region"
                  + " role route shard state status team topic type uid url user vm volume zone")
              .split(" "));

  private final Map<String, Map<String, Set<Place>>> kinds = new TreeMap<>();
  private final Map<String, List<Place>> series = new TreeMap<>();

  /// Records that a name of a kind (`label`, `metric`, …) is used.
  void use(String kind, String name, String file, int line) {
    kinds
        .computeIfAbsent(kind, _ -> new TreeMap<>())
        .computeIfAbsent(name, _ -> new LinkedHashSet<>())
        .add(new Place(file, line));
  }

  /// Adds names that are never reported as misspelt.
  void know(String kind, String... names) {
    for (String name : names) {
      use(kind, name, "", 1);
      use(kind, name, "", 2);
    }
  }

  /// Records all names of an expression.
  ///
  /// @param lines lines of the file
  /// @param from first line of the expression, from 1
  void expression(Expr expr, String file, List<String> lines, int from) {
    expr.selectors()
        .forEach(
            selector -> {
              String metric = RuleIndex.metric(selector);
              if (!metric.isEmpty()
                  && metric.indexOf(':') < 0) { // another check reports unknown recorded metrics
                use(METRIC, metric, file, line(lines, from, metric));
              }
              for (LabelMatcher matcher : selector.matchers()) {
                use(LABEL, matcher.name(), file, line(lines, from, matcher.name()));
                if (matcher.name().equals("service") && matcher.type() == LabelMatcher.Type.EQUAL) {
                  use("service", matcher.value(), file, line(lines, from, matcher.value()));
                }
              }
            });
    expr.stream()
        .forEach(
            node -> {
              for (String label : grouping(node)) {
                use(LABEL, label, file, line(lines, from, label));
              }
            });
  }

  private static List<String> grouping(Expr node) {
    return switch (node) {
      case Expr.Aggregate aggregate -> aggregate.grouping();
      case Expr.Binary binary -> {
        VectorMatching matching = binary.matching();
        yield matching == null ? List.of() : matching.labels();
      }
      case Expr.NumberLiteral _,
          Expr.StringLiteral _,
          Expr.VectorSelector _,
          Expr.MatrixSelector _,
          Expr.Subquery _,
          Expr.Paren _,
          Expr.Unary _,
          Expr.Call _ ->
          List.of();
    };
  }

  /// Returns the first of 40 lines, from line `from` on, that contains a word. Returns `from` if no
  /// line contains it.
  static int line(List<String> lines, int from, String word) {
    for (int i = from - 1; i < lines.size() && i < from + 40; i++) {
      int position = lines.get(i).indexOf(word);
      while (position >= 0) {
        boolean begins = position == 0 || !isPart(lines.get(i).charAt(position - 1));
        int end = position + word.length();
        boolean ends = end == lines.get(i).length() || !isPart(lines.get(i).charAt(end));
        if (begins && ends) {
          return i + 1;
        }
        position = lines.get(i).indexOf(word, position + 1);
      }
    }
    return from;
  }

  private static boolean isPart(char c) {
    return Character.isLetterOrDigit(c) || c == '_' || c == ':';
  }

  /// Reports names that are probably misspelt, and returns them.
  Set<String> typos(Findings findings) {
    var all = new TreeSet<String>();
    kinds.forEach(
        (kind, names) ->
            names.forEach(
                (name, places) -> {
                  if (isTypo(kind, name, places, findings)) {
                    all.add(name);
                  }
                }));
    unreadSeries(findings);
    return all;
  }

  private boolean isTypo(String kind, String name, Set<Place> places, Findings findings) {
    Optional<String> meant = kind.equals(METRIC) ? KnownMetrics.nearest(name) : Optional.empty();
    Optional<String> similar = meant.or(() -> similar(kind, name, places));
    similar.ifPresent(
        near ->
            places.forEach(
                place ->
                    findings.warn(
                        LintCheck.NAMES_TYPO,
                        place.file(),
                        place.line(),
                        "the %s %s is %s: did you mean %s?"
                            .formatted(
                                kind,
                                Quoted.of(name),
                                meant.isPresent() ? "unknown" : "used nowhere else",
                                Quoted.of(near)))));
    return similar.isPresent();
  }

  /* Returns a similar name that is used more often: at least three times as often if the name is
   * used more than once, and five times if it is short. */
  private Optional<String> similar(String kind, String name, Set<Place> places) {
    boolean metric = kind.equals(METRIC);
    boolean isShort = name.length() < MIN_LENGTH;
    if ((metric && KnownMetrics.has(name))
        || (kind.equals(LABEL) && USUAL.contains(name))
        || (isShort && (metric || name.length() < 2))
        || (places.size() > 1
            && (!metric || places.stream().map(Place::file).distinct().count() > 1))) {
      return Optional.empty();
    }
    int atLeast = isShort ? 5 : places.size() > 1 ? 3 * places.size() : 2;
    return kinds.getOrDefault(kind, Map.of()).entrySet().stream()
        .filter(other -> other.getValue().size() + series(kind, other.getKey()) >= atLeast)
        .filter(other -> isOneLetterAway(name, other.getKey()))
        .filter(other -> places.size() == 1 || !isPlural(name, other.getKey()))
        .max(Comparator.comparingInt(other -> other.getValue().size()))
        .map(Map.Entry::getKey);
  }

  private int series(String kind, String name) {
    return kind.equals(METRIC) ? series.getOrDefault(name, List.of()).size() : 0;
  }

  private static boolean isPlural(String one, String other) {
    String end = "s(?=_|$)";
    return one.replaceAll(end, "").equals(other.replaceAll(end, ""));
  }

  /// Records the metric of a series in a unit test.
  void series(String metric, String file, int line) {
    series.computeIfAbsent(metric, _ -> new ArrayList<>()).add(new Place(file, line));
  }

  /* Reports series of unit tests that no expression reads, if one reads a similar metric. */
  private void unreadSeries(Findings findings) {
    Map<String, Set<Place>> read = kinds.getOrDefault(METRIC, Map.of());
    series.forEach(
        (metric, places) -> {
          if (!read.containsKey(metric) && !KnownMetrics.has(metric)) {
            read.keySet().stream()
                .filter(known -> isOneLetterAway(metric, known))
                .findFirst()
                .ifPresent(
                    near ->
                        findings.warn(
                            LintCheck.NAMES_TYPO,
                            places.getFirst().file(),
                            places.getFirst().line(),
                            "no expression reads the metric %s: did you mean %s?"
                                .formatted(Quoted.of(metric), Quoted.of(near))));
          }
        });
  }

  /// Returns whether a name differs by one letter from another, and is not its plural.
  static boolean isTypo(String name, String other) {
    return isOneLetterAway(name, other) && !isPlural(name, other);
  }

  /* Returns whether two names differ by one letter that is added, removed or changed, or by two
   * neighbouring letters that are swapped. Names that differ by a digit are different names. */
  static boolean isOneLetterAway(String one, String other) {
    if (Math.abs(one.length() - other.length()) > 1) {
      return false;
    }
    int same = 0;
    int shorter = Math.min(one.length(), other.length());
    while (same < shorter && one.charAt(same) == other.charAt(same)) {
      same++;
    }
    int tail = 0;
    while (tail < shorter - same
        && one.charAt(one.length() - 1 - tail) == other.charAt(other.length() - 1 - tail)) {
      tail++;
    }
    String left = one.substring(same, one.length() - tail);
    String right = other.substring(same, other.length() - tail);
    boolean swapped =
        left.length() == 2
            && right.length() == 2
            && left.charAt(0) == right.charAt(1)
            && left.charAt(1) == right.charAt(0);
    return (swapped
            || (left.length() <= 1 && right.length() <= 1 && left.length() + right.length() > 0))
        && (left + right).chars().noneMatch(Character::isDigit);
  }
}
