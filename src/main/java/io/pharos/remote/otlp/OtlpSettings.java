package io.pharos.remote.otlp;

import java.util.List;

/// The section `otlp` of Prometheus' configuration.
///
/// @param promoted resource attributes that become labels of every series
/// @param suffixes whether units and types are appended to names, as in `_seconds_total`
/// @param keepIdentifying whether `target_info` also has the attributes from which job and instance
///   derive
public record OtlpSettings(List<String> promoted, boolean suffixes, boolean keepIdentifying) {
  /// Copies the list.
  public OtlpSettings {
    promoted = List.copyOf(promoted);
  }
}
