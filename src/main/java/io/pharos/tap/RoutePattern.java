package io.pharos.tap;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// One route of the backend: `GET /api/v1/machines/:id`, or only a path, which applies to all
/// methods.
///
/// @param method HTTP method in capitals; empty for all methods
/// @param path segments separated by slashes: literals, `:name` for any one segment, and a final
///   `*name` for any number of segments
public record RoutePattern(String method, String path) {
  /// Methods that a route may have; all other methods are counted as `other`.
  static final Set<String> METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT");

  private static final int MAX_PATH_LENGTH = 256;

  /// Validates method and path.
  public RoutePattern {
    String capitals = method.toUpperCase(Locale.ROOT);
    check(
        method.isEmpty() || METHODS.contains(method),
        METHODS.contains(capitals) ? "write the method as " + capitals : "unknown method");
    check(
        path.startsWith("/") && path.length() <= MAX_PATH_LENGTH,
        "a path must start with / and have at most 256 characters");
    check(
        path.chars().noneMatch(c -> c <= ' ' || c == '?' || c == '#' || c == '"' || c > '~'),
        "a path must be printable ASCII without blanks, double quotes, ? and #");
    List<String> segments = segments(path);
    check(
        segments.size() <= RouteTable.MAX_SEGMENTS,
        "a path must have at most " + RouteTable.MAX_SEGMENTS + " segments");
    var names = new HashSet<String>();
    for (int i = 0; i < segments.size(); i++) {
      String segment = segments.get(i);
      boolean variable = segment.startsWith(":") || segment.startsWith("*");
      check(
          !variable || (segment.length() > 1 && names.add(segment.substring(1))),
          "each : and * must be followed by a unique name");
      check(
          !segment.startsWith("*") || i == segments.size() - 1,
          "only the last segment may start with *");
    }
  }

  private static void check(boolean valid, String problem) {
    if (!valid) {
      throw new IllegalArgumentException(problem);
    }
  }

  /// Parses `METHOD PATH` or `PATH`.
  ///
  /// @throws IllegalArgumentException if the text is not a valid route; the message says why
  public static RoutePattern parse(String text) {
    String[] words = text.strip().split(" +");
    return switch (words.length) {
      case 1 -> new RoutePattern("", words[0]);
      case 2 -> new RoutePattern(words[0], words[1]);
      default -> throw new IllegalArgumentException("more than two words");
    };
  }

  /// Returns the route as written in the file.
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
