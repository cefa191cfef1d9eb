package io.pharos.lint;

import java.util.Optional;
import java.util.Set;

/// What a running server has had of series in the time that is looked back over.
public interface SeenSeries {
  /// The values that a label had on the series of a selector; none where there were no such series
  /// or none with the label.
  ///
  /// @return empty where it can't be told: the server does not answer, or there are too many
  Optional<Set<String>> values(String label, String selector);

  /// Who was asked about which time, for messages: `http://127.0.0.1:9090 in 7d`.
  String source();
}
