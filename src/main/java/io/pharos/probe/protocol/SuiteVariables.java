package io.pharos.probe.protocol;

import io.pharos.probe.KnownVariables;
import io.pharos.probe.ProbeCheck;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// The values of a running suite's variables, which replace `${name}`.
final class SuiteVariables {
  private final Map<String, String> values = new HashMap<>();

  void set(String name, String value) {
    values.put(name, value);
  }

  /// Returns the name of a variable that a check uses but that has no value; empty if there is
  /// none.
  Optional<String> missing(ProbeCheck check) {
    var texts = new ArrayList<String>();
    if (check instanceof ProbeCheck.HttpCheck http) {
      texts.add(http.address());
      texts.add(http.body());
      texts.addAll(http.headers().values());
      texts.add(http.bearer() == null ? "" : http.bearer());
    }
    return texts.stream()
        .flatMap(text -> KnownVariables.namesIn(text).stream())
        .filter(name -> !values.containsKey(name))
        .findFirst();
  }

  /// Returns the check with variables replaced and escaped for their context.
  ///
  /// @throws ProbeException if a value is not allowed in its context
  ProbeCheck resolved(ProbeCheck check) throws ProbeException {
    if (!(check instanceof ProbeCheck.HttpCheck http)) {
      return check;
    }
    var headers = new LinkedHashMap<String, String>();
    for (var header : http.headers().entrySet()) {
      headers.put(header.getKey(), header(KnownVariables.replace(header.getValue(), this::value)));
    }
    String bearer = http.bearer();
    boolean json = http.body().startsWith("{") || http.body().startsWith("[");
    try {
      return http.with(
          new java.net.URI(KnownVariables.replace(http.address(), name -> percent(value(name)))),
          headers,
          KnownVariables.replace(http.body(), name -> json ? escaped(value(name)) : value(name)),
          bearer == null ? null : header(KnownVariables.replace(bearer, this::value)));
    } catch (java.net.URISyntaxException e) {
      throw ProbeException.failure(
          "the URL is invalid with the values of its variables: " + e.getReason());
    }
  }

  private String value(String name) {
    return values.getOrDefault(name, "");
  }

  /* Checks a value for a header: a value from an answer must not add another header. */
  private static String header(String text) throws ProbeException {
    if (!text.chars().allMatch(c -> c >= ' ' && c != 0x7f && c <= 0xff)) {
      throw ProbeException.failure(
          "the value of a variable has characters that are not allowed in a header");
    }
    return text;
  }

  private static String percent(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8)
        .replace("+", "%20")
        .replace("*", "%2A")
        .replace("%7E", "~");
  }

  private static String escaped(String text) {
    return new String(
        com.fasterxml.jackson.core.io.JsonStringEncoder.getInstance().quoteAsString(text));
  }

  /// Returns the forms in which a secret may occur in requests and messages: literal,
  /// percent-encoded and escaped.
  static List<String> spellings(String secret) {
    return List.of(secret, percent(secret), escaped(secret));
  }
}
