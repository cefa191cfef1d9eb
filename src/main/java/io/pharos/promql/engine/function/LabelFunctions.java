package io.pharos.promql.engine.function;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryErrors;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.QueryException.Kind;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Evaluates `label_replace` and `label_join`.
public final class LabelFunctions {
  private LabelFunctions() {}

  /// Evaluates `label_replace`.
  ///
  /// @param input evaluates the vector argument; called after the other arguments are validated
  static Columns replace(
      Supplier<Columns> input, String target, String replacement, String source, String regex) {
    Pattern pattern;
    try {
      pattern = Re2.compile("^(?s:" + regex + ")$", 0);
    } catch (PatternSyntaxException e) {
      throw new QueryException(
          Kind.EXECUTION, "invalid regular expression in label_replace(): " + regex, e);
    }
    requireName(target, "invalid destination label name in label_replace(): ");
    return relabel(
        input.get(),
        target,
        labels -> {
          Matcher matcher = pattern.matcher(labels.get(source));
          return matcher.matches()
              ? labels.with(target, expand(replacement, matcher, pattern))
              : null;
        });
  }

  /// Evaluates `label_join`.
  ///
  /// @param input evaluates the vector argument; called after the other arguments are validated
  static Columns join(
      Supplier<Columns> input, String target, String separator, List<String> sources) {
    for (String source : sources) {
      requireName(source, "invalid source label name in label_join(): ");
    }
    requireName(target, "invalid destination label name in label_join(): ");
    return relabel(
        input.get(),
        target,
        labels ->
            labels.with(
                target, String.join(separator, sources.stream().map(labels::get).toList())));
  }

  private static void requireName(String name, String message) {
    if (name.isEmpty() || isInvalidText(name)) {
      String quoted = Quoted.of(name);
      throw QueryErrors.execution(message + quoted.substring(1, quoted.length() - 1));
    }
  }

  /// Returns whether a text contains lone surrogates. The parser replaces bytes that are not valid
  /// UTF-8 by them.
  public static boolean isInvalidText(String text) {
    return text.codePoints().anyMatch(c -> c >= 0xd800 && c <= 0xdfff);
  }

  /// Changes the labels of each series.
  ///
  /// @param change returns the new labels, or null if the series keeps its labels
  private static Columns relabel(
      Columns input, String target, Function<Labels, @Nullable Labels> change) {
    var builder = new ColumnsBuilder(input.steps(), input.rows());
    boolean setsName = target.equals(Labels.METRIC_NAME);
    for (int row = 0; row < input.rows(); row++) {
      Labels changed = change.apply(input.labels(row));
      int targetRow =
          changed == null
              ? builder.row(input.labels(row), input.nameDropped(row))
              : builder.row(changed, input.nameDropped(row) && !setsName);
      builder.addRow(targetRow, input, row);
    }
    return builder.build();
  }

  /// Replaces references to groups in a template like Go's `Regexp.Expand`: `$1`, `$name`, `${1}`,
  /// `${name}`; `$$` is a dollar sign. A name includes all following letters, digits and
  /// underscores. Unknown groups are empty.
  private static String expand(String template, Matcher matcher, Pattern pattern) {
    var out = new StringBuilder();
    int position = 0;
    while (position < template.length()) {
      char c = template.charAt(position);
      if (c != '$' || position + 1 == template.length()) {
        out.append(c);
        position++;
        continue;
      }
      if (template.charAt(position + 1) == '$') {
        out.append('$');
        position += 2;
        continue;
      }
      boolean braces = template.charAt(position + 1) == '{';
      int start = position + (braces ? 2 : 1);
      int end = start;
      while (end < template.length() && isWord(template.charAt(end))) {
        end++;
      }
      boolean valid =
          end > start && (!braces || (end < template.length() && template.charAt(end) == '}'));
      if (!valid) {
        out.append('$');
        position++;
        continue;
      }
      out.append(group(template.substring(start, end), matcher, pattern));
      position = braces ? end + 1 : end;
    }
    return out.toString();
  }

  private static boolean isWord(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  private static String group(String name, Matcher matcher, Pattern pattern) {
    String found;
    if (name.chars().allMatch(c -> c >= '0' && c <= '9')
        && (name.length() == 1 || name.charAt(0) != '0')) {
      int index = name.length() > 6 ? Integer.MAX_VALUE : Integer.parseInt(name);
      found = index <= matcher.groupCount() ? matcher.group(index) : null;
    } else {
      found = pattern.namedGroups().containsKey(name) ? matcher.group(name) : null;
    }
    return found == null ? "" : found;
  }
}
