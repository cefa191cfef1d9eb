package io.pharos.tap;

import io.pharos.model.Quoted;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Redacts query strings for logs.
public final class QueryText {
  private static final int MAX_CHARACTERS = 2048;
  private static final String MASK = "***";

  private static final Set<String> SECRET_ENDINGS =
      Set.of(
          "token",
          "password",
          "passwd",
          "secret",
          "apikey",
          "api_key",
          "api-key",
          "signature",
          "jwt",
          "authorization",
          "credential",
          "credentials");

  private QueryText() {}

  /// Replaces the values of parameters whose percent-decoded name ends in `token`, `password` or a
  /// similar word, and truncates the query to 2048 characters.
  public static String redacted(@Nullable String query) {
    if (query == null) {
      return "";
    }
    var text = new StringBuilder();
    int from = 0;
    while (from <= query.length()) {
      int end = pairEnd(query, from);
      String pair = query.substring(from, end);
      int equals = pair.indexOf('=');
      if (equals >= 0 && isSecret(pair.substring(0, equals))) {
        text.append(pair, 0, equals + 1).append(MASK);
      } else {
        text.append(pair);
      }
      if (end < query.length()) {
        text.append(query.charAt(end));
      }
      from = end + 1;
    }
    return Quoted.cut(text.toString(), MAX_CHARACTERS);
  }

  private static int pairEnd(String query, int from) {
    for (int i = from; i < query.length(); i++) {
      if (query.charAt(i) == '&' || query.charAt(i) == ';') {
        return i;
      }
    }
    return query.length();
  }

  private static boolean isSecret(String name) {
    String decoded = RouteTable.decoded(name);
    // A name that cannot be decoded may be the name of a secret.
    return decoded == null
        || SECRET_ENDINGS.stream().anyMatch(decoded.strip().toLowerCase(Locale.ROOT)::endsWith);
  }
}
