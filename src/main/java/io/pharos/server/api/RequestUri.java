package io.pharos.server.api;

import java.util.regex.Pattern;

/// Checks URLs as Go's `url.ParseRequestURI` does, but accepts invalid percent escapes, because
/// some generator URLs contain them. Runs in linear time.
public final class RequestUri {
  private static final Pattern CONTROL = Pattern.compile("[\\x00-\\x1f\\x7f]");

  private static final String USER_INFO = "(?:[A-Za-z0-9\\-._:~!$&'()*+,;=%@]*@)?";
  private static final String IN_NAME = "A-Za-z0-9\\-_.~!$&'()*+,;=<>\"%\\]\\x{80}-\\x{10ffff}";

  /* The port is the text after the last colon; after an address in brackets, the text after the
   * bracket. */
  private static final String HOST =
      "(?:\\[[N\\[:]*\\](?::[0-9]*+)?|(?!\\[)(?:[N\\[]*+|(?:[N\\[]*+:)++[0-9]*+))"
          .replace("N", IN_NAME);

  private static final Pattern ABSOLUTE =
      Pattern.compile(
          "/.*|[A-Za-z][A-Za-z0-9+.-]*+:(?:(?!//).*|//%s%s(?:[/?].*)?)".formatted(USER_INFO, HOST),
          Pattern.DOTALL);

  private RequestUri() {}

  /// Whether the text is a valid absolute URL or path.
  public static boolean isValid(String text) {
    return !CONTROL.matcher(text).find() && ABSOLUTE.matcher(text).matches();
  }
}
