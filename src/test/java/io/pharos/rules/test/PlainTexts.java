package io.pharos.rules.test;

import io.pharos.model.Labels;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// What the summary of an alert must contain, from the expression of the alert.
public final class PlainTexts {
  private static final Pattern COMPARISON = Pattern.compile("[<>]=? *(\\d+(?:\\.\\d+)?)");

  private PlainTexts() {}

  private enum Figures {
    NONE,
    VALUE,
    VALUE_AND_LIMIT
  }

  /// Returns whether the summary has the value, if the expression compares it, and the limit, if it
  /// is not 0. Chinese texts are judged if there are any.
  ///
  /// @param texts annotations, rendered or as templates
  public static boolean hasFigures(String expression, Labels texts) {
    return hasFigures(figures(expression), texts, "", "(limit %s)")
        && (!texts.has("summary_zh")
            || hasFigures(figures(expression), texts, "_zh", "（阈值 %s）")
            || hasFigures(figures(expression), texts, "_zh", "（阈值：%s）"));
  }

  private static boolean hasFigures(
      Figures figures, Labels texts, String language, String bracketed) {
    String summary = texts.get("summary" + language);
    String value = in(language, texts, "value");
    String limit = in(language, texts, "threshold");
    return switch (figures) {
      case NONE -> true;
      case VALUE -> summary.matches(".*(\\d|\\$value).*");
      case VALUE_AND_LIMIT ->
          !value.isEmpty()
              && !limit.isEmpty()
              && summary.contains(value)
              && summary.contains(bracketed.formatted(limit));
    };
  }

  private static String in(String language, Labels texts, String name) {
    return texts.get(texts.has(name + language) ? name + language : name);
  }

  /* Conditions after `and` or `unless` only say when the value counts. */
  private static Figures figures(String expression) {
    Matcher compared = COMPARISON.matcher(expression.split("\\b(and|unless)\\b", 2)[0]);
    var figures = Figures.NONE;
    while (compared.find()) {
      if (Double.parseDouble(compared.group(1)) != 0) {
        return Figures.VALUE_AND_LIMIT;
      }
      figures = Figures.VALUE;
    }
    return figures;
  }
}
