package io.pharos.server.web.target;

import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;

/// The health of something watched, the most urgent first.
enum WatchState {
  DOWN,
  /// Own trouble hides its health, or it has not been checked yet.
  UNKNOWN,
  /// It answers, but something needs attention before it fails.
  DEGRADED,
  UP;

  /// Returns the word on the page and in its address.
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<WatchState> parse(String text) {
    return Stream.of(values()).filter(one -> one.text().equals(text)).findFirst();
  }
}
