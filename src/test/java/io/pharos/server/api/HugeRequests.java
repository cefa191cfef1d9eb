package io.pharos.server.api;

import jakarta.ws.rs.core.MultivaluedHashMap;
import java.nio.charset.StandardCharsets;

/// Passes texts to the request parsers of this package.
public final class HugeRequests {
  private HugeRequests() {}

  private static Parameters parameters(String name, String value) {
    var map = new MultivaluedHashMap<String, String>();
    map.add(name, value);
    return new Parameters(map);
  }

  /// Whether the text is a time.
  public static boolean time(String text) {
    try {
      parameters("time", text).requireTime("time");
      return true;
    } catch (ApiException _) { // no time
      return false;
    }
  }

  public static void duration(String text) {
    parameters("step", text).requireDuration("step");
  }

  public static void selectors(String text) {
    var map = new MultivaluedHashMap<String, String>();
    for (int at = 0; at < text.length(); at += 16) {
      map.add("match[]", text.substring(at, Math.min(text.length(), at + 16)));
    }
    new Parameters(map).selectors();
    parameters("match[]", text).selectors();
  }

  public static void form(String text) {
    FormReader.parse(text.getBytes(StandardCharsets.UTF_8));
  }

  public static void jsonBody(String text) {
    JsonBody.parse(text);
  }
}
