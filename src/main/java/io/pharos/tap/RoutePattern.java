package io.pharos.tap;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// One route of the backend: `GET /api/v1/machines/:id`, or the path alone for all methods.
///
/// @param method as `GET`; empty for all
/// @param path segments behind slashes: fixed ones, `:name` for any one, and `*name` at the end for
///   any rest, the empty one included
public record RoutePattern(String method, String path) {
  /// The methods that a route may name; what else comes is counted as `other`.
  static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

  private static final int LONGEST = 256;

  /// Checks what it is made of.
  public RoutePattern {
    if (!method.isEmpty() && !METHODS.contains(method)) {
      throw new IllegalArgumentException(
          METHODS.contains(method.toUpperCase(Locale.ROOT))
              ? "the method is written " + method.toUpperCase(Locale.ROOT)
              : "unknown method");
    }
    if (!path.startsWith("/") || path.length() > LONGEST) {
      throw new IllegalArgumentException("the path begins with / and has up to 256 characters");
    }
    if (path.chars().anyMatch(c -> c <= ' ' || c == '?' || c == '#' || c == '"' || c > '~')) {
      throw new IllegalArgumentException(
          "the path has printable ASCII only, without blanks, quotes, ? and #");
    }
    List<String> segments = segments(path);
    if (segments.size() > RouteTable.MOST_SEGMENTS) {
      throw new IllegalArgumentException(
          "the path has up to " + RouteTable.MOST_SEGMENTS + " segments");
    }
    var names = new HashSet<String>();
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      boolean variable = segment.startsWith(":") || segment.startsWith("*");
      if (variable && (segment.length() == 1 || !names.add(segment.substring(1)))) {
        throw new IllegalArgumentException("each : and * has a name of its own behind it");
      }
      if (segment.startsWith("*") && i < segments.size() - 1) {
        throw new IllegalArgumentException("a * stands in the last segment only");
      }
    }
  }

  /// Reads `METHOD PATH` or `PATH`.
  ///
  /// @throws IllegalArgumentException that says what is wrong
  public static RoutePattern parse(String text) {
    String[] words = text.strip().split(" +");
    return switch (words.length) {
      case 1 -> new RoutePattern("", words[0]);
      case 2 -> new RoutePattern(words[0], words[1]);
      default -> throw new IllegalArgumentException("more than two words");
    };
  }

  /// As the file writes it.
  public String text() {
    return method.isEmpty() ? path : method + " " + path;
  }

  List<String> segments() {
    return segments(path);
  }

  private static List<String> segments(String path) {
    return Arrays.asList(path.substring(1).split("/", -1));
  }
}
