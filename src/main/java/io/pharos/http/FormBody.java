package io.pharos.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Encodes names and values as `application/x-www-form-urlencoded`, sorted by name, for bodies and
/// queries.
public final class FormBody {
  /// The content type of a form.
  public static final String TYPE = "application/x-www-form-urlencoded";

  private FormBody() {}

  /// Returns the encoded names and values, joined by `&`.
  public static String of(Map<String, String> pairs) {
    return new TreeMap<>(pairs)
        .entrySet().stream()
            .map(pair -> encode(pair.getKey()) + "=" + encode(pair.getValue()))
            .collect(Collectors.joining("&"));
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
