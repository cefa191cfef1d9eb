package io.pharos.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Encodes pairs as `application/x-www-form-urlencoded`, sorted by name, for bodies and queries.
public final class FormBody {
  /// The content type.
  public static final String TYPE = "application/x-www-form-urlencoded";

  private FormBody() {}

  /// Returns the encoded pairs, joined by `&`.
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
