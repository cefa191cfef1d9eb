package io.pharos.alerting.device;

import java.net.URI;
import java.time.Instant;
import java.util.Base64;

/// A browser that shows a person's notifications: a push subscription (W3C Push API). The address
/// is a secret, because anyone who knows it can disturb the device.
///
/// @param person name in oncall.yml
/// @param endpoint address at the browser's push service
/// @param key the browser's public key, base64url: an uncompressed point of P-256, 65 bytes
/// @param auth the browser's authentication secret, base64url: 16 bytes
/// @param name for people, such as `Firefox on Android`
public record Device(
    String id, String person, URI endpoint, String key, String auth, String name, Instant addedAt) {
  /// Maximum length of an address, which the table has too.
  public static final int MAX_ENDPOINT = 2_000;

  private static final int MAX_NAME = 100;

  /// @throws IllegalArgumentException if an address, a key or the name is not as described
  public Device {
    if (endpoint.getHost() == null || endpoint.toString().length() > MAX_ENDPOINT) {
      throw new IllegalArgumentException(
          "endpoint: expected an address of at most " + MAX_ENDPOINT + " characters");
    }
    expect("p256dh", bytes("p256dh", key), 65);
    expect("auth", bytes("auth", auth), 16);
    if (name.isEmpty() || name.length() > MAX_NAME) {
      throw new IllegalArgumentException("name: expected 1 to " + MAX_NAME + " characters");
    }
  }

  private static void expect(String field, byte[] bytes, int length) {
    if (bytes.length != length) {
      throw new IllegalArgumentException(
          "%s: expected %d bytes in base64url, found %d".formatted(field, length, bytes.length));
    }
  }

  private static byte[] bytes(String field, String text) {
    try {
      return Base64.getUrlDecoder().decode(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(field + ": expected base64url", e);
    }
  }

  byte[] keyBytes() {
    return bytes("p256dh", key);
  }

  byte[] authBytes() {
    return bytes("auth", auth);
  }

  /// Returns a text without the address and the keys.
  @Override
  public String toString() {
    return "device " + id + " of " + person;
  }
}
