package io.pharos.model;

/// The address that paths are put behind.
public final class BaseUrl {
  private BaseUrl() {}

  /// The text without the slashes at its end.
  public static String of(String text) {
    int end = text.length();
    while (end > 0 && text.charAt(end - 1) == '/') {
      end--;
    }
    return text.substring(0, end);
  }
}
