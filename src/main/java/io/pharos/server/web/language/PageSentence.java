package io.pharos.server.web.language;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.regex.Pattern;

/// A sentence of the dictionary with room for values.
///
/// `{}` is a value that is copied, `{#}` a number, and `{~}` words that are translated if the
/// dictionary has them. A value is never empty. In the translation, `{}` is the next value, and
/// `{2}` the second one.
///
/// @param literals the words before, between and after the values
/// @param kinds a character for each value: a space, `#` or `~`
/// @param translation the words of the translation before, between and after its values
/// @param order which value stands at each place of the translation
record PageSentence(
    List<String> literals, String kinds, List<String> translation, List<Integer> order) {
  private static final Pattern PLACE = Pattern.compile("\\{([#~0-9]?)\\}");

  /// @throws IllegalArgumentException if the translation does not have each value once
  static PageSentence of(String english, String translated) {
    var kinds = new StringBuilder();
    var literals = new ArrayList<String>();
    split(english, literals, place -> kinds.append(place.isEmpty() ? " " : place));
    var order = new ArrayList<Integer>();
    var translation = new ArrayList<String>();
    split(
        translated,
        translation,
        place -> order.add(place.isEmpty() ? order.size() : Integer.parseInt(place) - 1));
    if (order.size() != kinds.length()
        || order.stream().distinct().filter(at -> at >= 0 && at < kinds.length()).count()
            != kinds.length()) {
      throw new IllegalArgumentException(
          "expected the %d values of '%s' once each, found '%s'"
              .formatted(kinds.length(), english, translated));
    }
    return new PageSentence(literals, kinds.toString(), translation, order);
  }

  private static void split(String text, List<String> literals, Consumer<String> place) {
    var matcher = PLACE.matcher(text);
    int at = 0;
    while (matcher.find()) {
      literals.add(text.substring(at, matcher.start()));
      place.accept(matcher.group(1));
      at = matcher.end();
    }
    literals.add(text.substring(at));
  }

  /// Returns how many characters a text has in common with the sentence if it matches.
  int weight() {
    return literals.stream().mapToInt(String::length).sum();
  }

  /// Returns the values in a text; empty if the text is not this sentence.
  Optional<List<String>> values(String text) {
    int at = literals.getFirst().length();
    int end = text.length() - literals.getLast().length();
    if (end <= at || !text.startsWith(literals.getFirst()) || !text.endsWith(literals.getLast())) {
      return Optional.empty();
    }
    var values = new ArrayList<String>();
    for (int i = 0; i < kinds.length(); i++) {
      String next = literals.get(i + 1);
      int found = i == kinds.length() - 1 ? end : text.indexOf(next, at + 1);
      if (found <= at || found > end) {
        return Optional.empty();
      }
      String value = text.substring(at, found);
      if (kinds.charAt(i) == '#' && !isNumber(value)) {
        return Optional.empty();
      }
      values.add(value);
      at = found + next.length();
    }
    return Optional.of(values);
  }

  /// Returns the translation with values.
  String with(List<String> values) {
    var text = new StringBuilder(translation.getFirst());
    for (int i = 0; i < order.size(); i++) {
      join(text, values.get(order.get(i)));
      join(text, translation.get(i + 1));
    }
    return text.toString();
  }

  /// Appends words. A space belongs between Chinese and Latin letters, but not between two Chinese
  /// ones.
  private static void join(StringBuilder text, String words) {
    int end = text.length() - 1;
    boolean isAfter = end >= 0 && isWide(text.charAt(end));
    if (end > 0
        && text.charAt(end) == ' '
        && isWide(text.charAt(end - 1))
        && isWide(words.isEmpty() ? ' ' : words.charAt(0))) {
      text.setLength(end);
    }
    boolean isSpaced =
        isAfter && words.length() > 1 && words.charAt(0) == ' ' && isWide(words.charAt(1));
    text.append(words, isSpaced ? 1 : 0, words.length());
  }

  private static boolean isWide(char c) {
    return (c >= '\u3000' && c <= '\u9fff') || (c >= '\uff00' && c <= '\uffef');
  }

  private static boolean isNumber(String text) {
    return text.chars().allMatch(c -> (c >= '0' && c <= '9') || ".,%- ".indexOf(c) >= 0)
        && text.chars().anyMatch(c -> c >= '0' && c <= '9');
  }
}
