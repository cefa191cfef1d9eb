package io.pharos.model;

/// Normalizes addresses to which paths are appended.
public final class BaseUrl {
  private BaseUrl() {}

  /// Returns the address without slashes at its end.
  public static String of(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '/') {
      end--;
    }
    return text.substring(0, end);
  }
}
