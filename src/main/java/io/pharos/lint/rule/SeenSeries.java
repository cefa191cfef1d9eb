package io.pharos.lint.rule;

import java.util.Optional;
import java.util.Set;

/// The series that a running server has had in a time window.
public interface SeenSeries {
  /// The values that a label had on the series of a selector; an empty set if there were no such
  /// series, or none with the label.
  ///
  /// @return empty if unknown: the server does not respond, or has too many series
  Optional<Set<String>> values(String label, String selector);

  /// The server and the window, for messages: `http://127.0.0.1:9090 in 7d`.
  String source();
}
