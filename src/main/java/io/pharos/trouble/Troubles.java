package io.pharos.trouble;

import java.util.List;

/// What is wrong with this process now.
@FunctionalInterface
public interface Troubles {
  /// The worst first.
  List<Trouble> now();
}
