package io.pharos.lint.rule;

import java.util.Optional;
import java.util.Set;

/// The series that a running server has had within a time window.
public interface SeenSeries {
  /// Returns the values of a label on the series of a selector; an empty set if there were no
  /// series with the label.
  ///
  /// @return empty if the values are unknown: the server does not respond, or has too many series
  Optional<Set<String>> values(String label, String selector);

  /// Returns the names of the labels of a selector's series, with the same exceptions.
  Optional<Set<String>> labels(String selector);

  /// Returns the server and the window, for messages: `http://127.0.0.1:9090 in 7d`.
  String source();
}
