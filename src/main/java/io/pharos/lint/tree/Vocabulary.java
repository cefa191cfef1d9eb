package io.pharos.lint.tree;

import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.lint.RuleIndex;
import io.pharos.model.LabelMatcher;
import io.pharos.model.Quoted;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.VectorMatching;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/// The names of metrics and labels in the versioned files, with their places. A name that is used
/// only once, and that differs by one letter from a name that is used more often, is probably
/// misspelt.
final class Vocabulary {
  /// A place where a name is used.
  private record Place(String file, int line) {}

  private static final int MIN_LENGTH = 4;

  private final Map<String, Map<String, List<Place>>> kinds = new TreeMap<>();

  /// Records that a name of a kind (`label`, `metric`, …) is used.
  void use(String kind, String name, String file, int line) {
    List<Place> places =
        kinds
            .computeIfAbsent(kind, _ -> new TreeMap<>())
            .computeIfAbsent(name, _ -> new ArrayList<>());
    var place = new Place(file, line);
    if (!places.contains(place)) {
      places.add(place);
    }
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
                use("metric", metric, file, line(lines, from, metric));
              }
              for (LabelMatcher matcher : selector.matchers()) {
                use("label", matcher.name(), file, line(lines, from, matcher.name()));
                if (matcher.name().equals("service") && matcher.type() == LabelMatcher.Type.EQUAL) {
                  use("service", matcher.value(), file, line(lines, from, matcher.value()));
                }
              }
            });
    expr.stream()
        .forEach(
            node -> {
              for (String label : grouping(node)) {
                use("label", label, file, line(lines, from, label));
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
    return all;
  }

  private boolean isTypo(String kind, String name, List<Place> places, Findings findings) {
    if (places.size() != 1 || name.length() < MIN_LENGTH) {
      return false;
    }
    String similar = null;
    int mostUses = 1;
    for (var other : kinds.getOrDefault(kind, new HashMap<>()).entrySet()) {
      if (other.getValue().size() > mostUses && isOneLetterAway(name, other.getKey())) {
        similar = other.getKey();
        mostUses = other.getValue().size();
      }
    }
    if (similar != null) {
      Place place = places.getFirst();
      findings.warn(
          LintCheck.NAMES_TYPO,
          place.file(),
          place.line(),
          "the %s %s is used nowhere else: did you mean %s?"
              .formatted(kind, Quoted.of(name), Quoted.of(similar)));
    }
    return similar != null;
  }

  /* Returns whether two names differ by one letter that is added, removed or changed, or by two
   * neighbouring letters that are swapped. Names that differ by a digit are different names. */
  static boolean isOneLetterAway(String one, String other) {
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
