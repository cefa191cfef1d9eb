package io.pharos.alerting.channel;

import static java.util.Objects.requireNonNull;

import java.util.HashMap;
import java.util.Map;

/// One HTTP request to a receiver, before the configuration adds how it is authorized.
///
/// @param url where to; a secret
/// @param contentType empty for none
/// @param body empty for none
/// @param headers what the receiver asks for besides; `Authorization` here stands over the
///   configuration's
public record HttpCall(
    String method, String url, String contentType, String body, Map<String, String> headers) {
  private static final String JSON = "application/json";

  public HttpCall {
    requireNonNull(method, "method is null");
    requireNonNull(url, "url is null");
    requireNonNull(contentType, "contentType is null");
    requireNonNull(body, "body is null");
    headers = Map.copyOf(headers);
  }

  public static HttpCall get(String url) {
    return new HttpCall("GET", url, "", "", Map.of());
  }

  public static HttpCall post(String url, String json) {
    return new HttpCall("POST", url, JSON, json, Map.of());
  }

  public static HttpCall put(String url, String json) {
    return new HttpCall("PUT", url, JSON, json, Map.of());
  }

  /// The same with one more header.
  public HttpCall withHeader(String name, String value) {
    var more = new HashMap<>(headers);
    more.put(name, value);
    return new HttpCall(method, url, contentType, body, more);
  }

  /// Shows no address and no body: both hold secrets.
  @Override
  public String toString() {
    return method + " …";
  }
}
