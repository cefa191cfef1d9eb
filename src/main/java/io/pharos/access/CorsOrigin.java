package io.pharos.access;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import io.pharos.model.Re2;

/// The sites whose scripts may read Prometheus' API. The regular expression must match the whole
/// `Origin` header, as in Prometheus' `--web.cors.origin`.
public record CorsOrigin(String regex, Pattern pattern) {
  /// Permits all sites.
  public static final CorsOrigin ANY = of(".*");

  /// Parses the flag's value.
  ///
  /// @throws IllegalArgumentException if it is not a regular expression
  public static CorsOrigin of(String regex) {
    try {
      return new CorsOrigin(regex, Re2.compile("^(?:" + regex + ")$", 0));
    } catch (PatternSyntaxException e) {
      throw new IllegalArgumentException(String.valueOf(e.getDescription()), e);
    }
  }

  /// Whether all sites are permitted.
  public boolean isAny() {
    return regex.equals(".*");
  }

  /// Whether the site with this `Origin` header is permitted.
  public boolean matches(String origin) {
    return pattern.matches(origin);
  }

  @Override
  public String toString() {
    return regex;
  }
}
