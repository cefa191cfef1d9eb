package io.pharos.config.prometheus;

import java.time.Duration;
import java.util.List;

/// Targets in files that may change at any time.
///
/// @param files absolute paths with `*` only in the last element
public record FileSdConfig(List<String> files, Duration refreshInterval) {
  public FileSdConfig {
    files = List.copyOf(files);
  }
}
