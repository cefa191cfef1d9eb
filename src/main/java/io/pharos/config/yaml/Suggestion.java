package io.pharos.config.yaml;

import io.pharos.model.Quoted;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// Finds the known word that a misspelt word probably means.
public final class Suggestion {
  private Suggestion() {}

  /// Returns the closest known word, if at most about a third of the letters differ. Upper and
  /// lower case are equal, and two swapped neighbouring letters are one difference. If there is
  /// none, and the wrong word has at least three letters, returns a known word that begins with it.
  public static Optional<String> nearest(String wrong, Collection<String> known) {
    String best = null;
    int smallest = wrong.length() < 3 ? 0 : (wrong.length() + 1) / 3 + 1;
    for (String word : known) {
      if (Math.abs(word.length() - wrong.length()) < smallest) {
        int distance = distance(wrong.toLowerCase(Locale.ROOT), word.toLowerCase(Locale.ROOT));
        if (distance < smallest) {
          smallest = distance;
          best = word;
        }
      }
    }
    return Optional.ofNullable(best)
        .or(
            () ->
                known.stream()
                    .filter(word -> wrong.length() > 2 && word.startsWith(wrong))
                    .findFirst());
  }

  /// Returns at most three known words, the closest first: those that differ as little as in
  /// [#nearest], and, if the wrong word has at least three letters, those that contain it.
  public static List<String> closest(String wrong, Collection<String> known) {
    String lower = wrong.toLowerCase(Locale.ROOT);
    int letters = wrong.length();
    return known.stream()
        .map(word -> Map.entry(word, distance(lower, word.toLowerCase(Locale.ROOT))))
        .filter(
            it ->
                letters > 2 && (it.getValue() <= (letters + 1) / 3 || it.getKey().contains(lower)))
        .sorted(Map.Entry.comparingByValue())
        .limit(3)
        .map(Map.Entry::getKey)
        .toList();
  }

  /// Returns the end of an error message: `: did you mean "receivers"?`, or an empty string.
  public static String of(String wrong, Collection<String> known) {
    return nearest(wrong, known).map(word -> ": did you mean " + Quoted.of(word) + "?").orElse("");
  }

  /// Returns whether a wrong word resembles a known one, or differs by one letter from it: words of
  /// two letters are not too short.
  static boolean isNear(String wrong, String known) {
    return nearest(wrong, List.of(known)).isPresent()
        || (Math.min(wrong.length(), known.length()) > 1 && distance(wrong, known) == 1);
  }

  /* Returns the number of letters to insert, delete, replace or swap with a neighbour (optimal
   * string alignment). */
  private static int distance(String one, String other) {
    int[][] rows = new int[one.length() + 1][other.length() + 1];
    for (int i = 0; i <= one.length(); i++) {
      rows[i][0] = i;
    }
    for (int j = 0; j <= other.length(); j++) {
      rows[0][j] = j;
    }
    for (int i = 1; i <= one.length(); i++) {
      for (int j = 1; j <= other.length(); j++) {
        int replaced = rows[i - 1][j - 1] + (one.charAt(i - 1) == other.charAt(j - 1) ? 0 : 1);
        int smallest = Math.min(replaced, Math.min(rows[i - 1][j], rows[i][j - 1]) + 1);
        boolean swapped =
            i > 1
                && j > 1
                && one.charAt(i - 1) == other.charAt(j - 2)
                && one.charAt(i - 2) == other.charAt(j - 1);
        rows[i][j] = swapped ? Math.min(smallest, rows[i - 2][j - 2] + 1) : smallest;
      }
    }
    return rows[one.length()][other.length()];
  }
}
