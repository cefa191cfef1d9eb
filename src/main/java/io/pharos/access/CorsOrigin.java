package io.pharos.access;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.model.Re2;

/// Which sites' scripts may read Prometheus' API in somebody's browser: a regular expression over
/// the whole `Origin` header, as Prometheus' `--web.cors.origin` is.
public final class CorsOrigin {
  /// Every site.
  public static final CorsOrigin ANY = of(".*");

  private final String regex;
  private final Pattern pattern;

  private CorsOrigin(String regex, Pattern pattern) {
    this.regex = regex;
    this.pattern = pattern;
  }

  /// Reads the value of the flag.
  ///
  /// @throws IllegalArgumentException when the text is no regular expression
  public static CorsOrigin of(String regex) {
    try {
      return new CorsOrigin(regex, Re2.compile("^(?:" + regex + ")$", 0));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(String.valueOf(e.getDescription()), e);
    }
  }

  /// Whether nothing is asked of the origin.
  public boolean isAny() {
    return regex.equals(".*");
  }

  public boolean matches(String origin) {
    return pattern.matches(origin);
  }

  @Override
  public String toString() {
    return regex;
  }
}
