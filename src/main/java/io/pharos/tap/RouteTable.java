package io.pharos.tap;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Maps each request path to a route pattern, whose path becomes a metric label. This limits the
/// number of label values. Immutable.
///
/// If several patterns match, the segments are compared from the left, as in the backend's router:
/// a literal is preferred to `:name`, and `:name` to `*name`.
public final class RouteTable {
  /// Label value of requests that match no pattern.
  public static final String UNKNOWN = "unknown";

  /// Maximum number of patterns in a table.
  public static final int MAX_ROUTES = 2000;

  /// Maximum number of segments in a pattern. If a request path has more segments, the rest of the
  /// path counts as its last segment.
  static final int MAX_SEGMENTS = 32;

  /* Maximum number of nodes that are visited for one path, because very many patterns may match a
   * part of it. */
  private static final int MAX_STEPS = 4096;

  private static final String ANY_METHOD = "";

  private static final class Node {
    final Map<String, Node> literals = new HashMap<>();
    @Nullable Node parameter;

    /// The patterns that end at this node, by method.
    final Map<String, RoutePattern> ends = new HashMap<>();

    /// The patterns that end with `*name` below this node, by method.
    final Map<String, RoutePattern> rests = new HashMap<>();
  }

  private final Node root = new Node();
  private final List<RoutePattern> patterns;

  /// @throws IllegalArgumentException if two patterns match the same requests, or there are more
  ///   than [#MAX_ROUTES]
  public RouteTable(Collection<RoutePattern> patterns) {
    if (patterns.size() > MAX_ROUTES) {
      throw new IllegalArgumentException(
          patterns.size() + " routes, expected at most " + MAX_ROUTES);
    }
    this.patterns = List.copyOf(patterns);
    this.patterns.forEach(this::add);
  }

  private void add(RoutePattern pattern) {
    Node node = root;
    boolean rest = false;
    for (String segment : pattern.segments()) {
      if (segment.startsWith("*")) {
        rest = true;
      } else if (segment.startsWith(":")) {
        Node next = node.parameter;
        if (next == null) {
          next = new Node();
          node.parameter = next;
        }
        node = next;
      } else {
        node = node.literals.computeIfAbsent(segment, _ -> new Node());
      }
    }
    RoutePattern other = (rest ? node.rests : node.ends).putIfAbsent(pattern.method(), pattern);
    if (other != null) {
      throw new IllegalArgumentException(
          "%s matches the same requests as %s".formatted(pattern.text(), other.text()));
    }
  }

  /// Returns the patterns in file order.
  public List<RoutePattern> patterns() {
    return patterns;
  }

  /// Returns the path of the matching pattern, or [#UNKNOWN].
  ///
  /// @param path path as sent, percent-encoded, without the query
  public String pathOf(String method, String path) {
    if (!path.startsWith("/")) {
      return UNKNOWN;
    }
    List<String> segments = segments(path);
    if (segments == null) {
      return UNKNOWN;
    }
    RoutePattern found = new Search(method, segments).search(root, 0);
    return found == null ? UNKNOWN : found.path();
  }

  private static @Nullable List<String> segments(String path) {
    var segments = new ArrayList<String>(8);
    int from = 1;
    while (from <= path.length()) {
      int slash = path.indexOf('/', from);
      int end = slash < 0 || segments.size() == MAX_SEGMENTS - 1 ? path.length() : slash;
      String segment = decoded(path.substring(from, end));
      if (segment == null) {
        return null;
      }
      segments.add(segment);
      from = end + 1;
    }
    return segments;
  }

  /// Percent-decodes a text; null if the encoding is invalid.
  static @Nullable String decoded(String text) {
    if (text.indexOf('%') < 0) {
      return text;
    }
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int size = 0;
    for (int i = 0; i < bytes.length; i++) {
      if (bytes[i] == '%') {
        int high = i + 2 < bytes.length ? Character.digit((char) bytes[i + 1], 16) : -1;
        int low = i + 2 < bytes.length ? Character.digit((char) bytes[i + 2], 16) : -1;
        if (high < 0 || low < 0) {
          return null;
        }
        bytes[size++] = (byte) (high << 4 | low);
        i += 2;
      } else {
        bytes[size++] = bytes[i];
      }
    }
    return new String(bytes, 0, size, StandardCharsets.UTF_8);
  }

  private static final class Search {
    private final String method;
    private final List<String> segments;
    private int steps;

    Search(String method, List<String> segments) {
      this.method = method;
      this.segments = segments;
    }

    @Nullable RoutePattern search(Node node, int index) {
      if (++steps > MAX_STEPS) {
        return null;
      }
      if (index == segments.size()) {
        return byMethod(node.ends);
      }
      String segment = segments.get(index);
      Node literal = node.literals.get(segment);
      RoutePattern found = literal == null ? null : search(literal, index + 1);
      if (found == null && node.parameter != null && !segment.isEmpty()) {
        found = search(node.parameter, index + 1);
      }
      return found == null ? byMethod(node.rests) : found;
    }

    private @Nullable RoutePattern byMethod(Map<String, RoutePattern> candidates) {
      RoutePattern exact = candidates.get(method);
      return exact == null ? candidates.get(ANY_METHOD) : exact;
    }
  }
}
