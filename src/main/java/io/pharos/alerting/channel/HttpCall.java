package io.pharos.alerting.channel;

import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;

/// An HTTP request to a receiver, before authorization is added.
///
/// @param url address of the receiver; a secret
/// @param contentType value of the header `Content-Type`; empty for no such header
/// @param body text of the body; empty for no body
/// @param headers additional headers; an `Authorization` header replaces the configured one
/// @param isLogin whether it only asks for an access token, so that it is no message
public record HttpCall(
    String method,
    String url,
    String contentType,
    String body,
    Map<String, String> headers,
    boolean isLogin) {
  private static final String JSON = "application/json";
  private static final String BYTES = "application/octet-stream";

  public HttpCall {
    headers = Map.copyOf(headers);
  }

  /// Creates a request that is no login.
  public HttpCall(
      String method, String url, String contentType, String body, Map<String, String> headers) {
    this(method, url, contentType, body, headers, false);
  }

  /// Creates a GET request.
  public static HttpCall get(String url) {
    return new HttpCall("GET", url, "", "", Map.of());
  }

  /// Creates a POST request with a JSON body.
  public static HttpCall post(String url, String json) {
    return new HttpCall("POST", url, JSON, json, Map.of());
  }

  /// Creates a PUT request with a JSON body.
  public static HttpCall put(String url, String json) {
    return new HttpCall("PUT", url, JSON, json, Map.of());
  }

  /// Creates a PATCH request with a JSON body.
  public static HttpCall patch(String url, String json) {
    return new HttpCall("PATCH", url, JSON, json, Map.of());
  }

  /// Creates a POST request with a JSON body that asks for an access token.
  public static HttpCall login(String url, String json) {
    return new HttpCall("POST", url, JSON, json, Map.of(), true);
  }

  /// Creates a POST request whose body is bytes. As a text, each character is a byte.
  public static HttpCall post(String url, byte[] bytes, Map<String, String> headers) {
    return new HttpCall(
        "POST", url, BYTES, new String(bytes, StandardCharsets.ISO_8859_1), headers);
  }

  /// Returns the body as it is sent.
  byte[] bytes() {
    return body.getBytes(
        contentType.equals(BYTES) ? StandardCharsets.ISO_8859_1 : StandardCharsets.UTF_8);
  }

  /// Returns a copy with one more header.
  public HttpCall withHeader(String name, String value) {
    var extended = new HashMap<>(headers);
    extended.put(name, value);
    return new HttpCall(method, url, contentType, body, extended, isLogin);
  }

  /// Returns a text without URL and body, which may contain secrets.
  @Override
  public String toString() {
    return method + " …";
  }
}
