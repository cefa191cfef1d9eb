package io.pharos.server.web.design;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/// Texts of others on a page: labels, comments and answers. They are cut, so that they can't hide
/// the rest of the page.
public final class PageText {
  private static final int MAX = 300;

  private PageText() {}

  /// Returns a text for a page.
  public static String of(String text) {
    return Quoted.cut(text, MAX);
  }

  /// Returns each label as `name="value"`.
  public static List<String> chips(Labels labels) {
    return IntStream.range(0, labels.size())
        .mapToObj(i -> of(LabelMatcher.equal(labels.name(i), labels.value(i)).toString()))
        .toList();
  }

  /// Returns each matcher as a text.
  public static List<String> chips(List<LabelMatcher> matchers) {
    return matchers.stream().map(matcher -> of(matcher.toString())).toList();
  }

  /// Returns a number with its noun: `1 alert`, `2 alerts`.
  public static String count(long number, String noun) {
    return number + " " + noun + (number == 1 ? "" : "s");
  }

  /// Returns a number with its noun, such as `1 rule` or `1,204 rules`.
  public static String counted(long number, String noun) {
    return String.format(
        Locale.ROOT, "%,d %s%s", number, noun, number == 1 || noun.endsWith("s") ? "" : "s");
  }
}
