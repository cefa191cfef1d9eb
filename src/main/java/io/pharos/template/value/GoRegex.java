package io.pharos.template.value;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.model.Quoted;
import io.pharos.model.Re2;

/// Implements Go's regexp functions with RE2, which runs in linear time for every pattern.
public final class GoRegex {
  private static final int MAX_CHARACTERS = 4_000_000;

  private GoRegex() {}

  /// Returns whether the pattern matches anywhere in the text.
  public static boolean matches(String pattern, String text) {
    return compile(pattern).matcher(text).find();
  }

  /// Replaces all matches like Go's ReplaceAllString. In the replacement `$1`, `${1}`, `$name` and
  /// `${name}` are groups, and `$$` is a dollar sign.
  public static String replaceAll(String pattern, String replacement, String text) {
    Matcher matcher = compile(pattern).matcher(text);
    var replaced = new BoundedText(MAX_CHARACTERS);
    int from = 0;
    boolean first = true;
    while (matcher.find()) {
      // As in Go, an empty match directly after another match is skipped.
      if (!first && matcher.end() == from && matcher.start() == from) {
        continue;
      }
      first = false;
      replaced.append(text.substring(from, matcher.start()));
      expand(replacement, matcher, replaced);
      from = matcher.end();
    }
    return replaced.append(text.substring(from)).toString();
  }

  private static void expand(String replacement, Matcher matcher, BoundedText out) {
    int i = 0;
    while (i < replacement.length()) {
      char c = replacement.charAt(i++);
      if (c != '$' || i >= replacement.length()) {
        out.append(c);
        continue;
      }
      if (replacement.charAt(i) == '$') {
        out.append('$');
        i++;
        continue;
      }
      boolean braced = replacement.charAt(i) == '{';
      int start = braced ? i + 1 : i;
      int end = start;
      while (end < replacement.length() && isNamePart(replacement.charAt(end))) {
        end++;
      }
      boolean closed = !braced || (end < replacement.length() && replacement.charAt(end) == '}');
      if (end == start || !closed) {
        out.append('$');
        continue;
      }
      out.append(group(matcher, replacement.substring(start, end)));
      i = braced ? end + 1 : end;
    }
  }

  private static boolean isNamePart(char c) {
    return c == '_' || Character.isLetterOrDigit(c);
  }

  private static String group(Matcher matcher, String name) {
    String value = null;
    if (name.chars().allMatch(Character::isDigit)) {
      if (name.length() < 4 && Integer.parseInt(name) <= matcher.groupCount()) {
        value = matcher.group(Integer.parseInt(name));
      }
    } else if (matcher.pattern().namedGroups().containsKey(name)) {
      value = matcher.group(name);
    }
    return value == null ? "" : value;
  }

  private static Pattern compile(String pattern) {
    try {
      return Re2.compile(pattern, 0);
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(
          "error parsing regexp " + Quoted.of(pattern) + ": " + e.getDescription(), e);
    }
  }
}
