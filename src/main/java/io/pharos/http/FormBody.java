package io.pharos.http;

import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/// Pairs as `application/x-www-form-urlencoded`, sorted by name, as in bodies and queries.
public final class FormBody {
  /// The content type of such a body.
  public static final String TYPE = "application/x-www-form-urlencoded";

  private FormBody() {}

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
