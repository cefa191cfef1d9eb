package io.pharos.remote.otlp;

import java.util.List;

/// The section `otlp` of Prometheus' configuration.
///
/// @param promoted resource attributes that become labels of every series
/// @param suffixes whether units and types are added to names, as in `_seconds_total`
/// @param keepIdentifying whether `target_info` also has those attributes that job and instance are
///   made of
public record OtlpSettings(List<String> promoted, boolean suffixes, boolean keepIdentifying) {
  public OtlpSettings {
    promoted = List.copyOf(promoted);
  }
}
