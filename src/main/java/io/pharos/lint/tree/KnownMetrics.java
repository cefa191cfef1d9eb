package io.pharos.lint.tree;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.Objects.requireNonNull;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/// Metrics of Pharos and of common exporters, from `metrics.txt`. The list is not complete: an
/// unlisted metric is suspicious only if its name resembles a listed one.
final class KnownMetrics {
  private static final Set<String> NAMES = read();

  private KnownMetrics() {}

  private static Set<String> read() {
    try (InputStream in = KnownMetrics.class.getResourceAsStream("metrics.txt")) {
      String text = new String(requireNonNull(in).readAllBytes(), UTF_8);
      return Set.copyOf(new TreeSet<>(text.lines().toList()));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /// Returns whether a metric is listed.
  static boolean has(String name) {
    return NAMES.contains(name);
  }

  /// Returns the listed metric from which an unlisted name differs by one letter.
  static Optional<String> nearest(String name) {
    return has(name)
        ? Optional.empty()
        : NAMES.stream()
            .filter(known -> Vocabulary.isOneLetterAway(name, known))
            .sorted()
            .findFirst();
  }
}
