package io.pharos.trouble;

import java.util.List;

/// The current faults of this process.
@FunctionalInterface
public interface Troubles {
  /// Returns the current faults, the worst first.
  List<Trouble> now();
}
