package io.pharos.config.prometheus;

import java.util.List;

/// The section `otlp`.
///
/// @param promoteResourceAttributes resource attributes that become labels of every series
/// @param suffixes whether unit and type are appended to metric names
/// @param keepIdentifying whether `target_info` also has the attributes from which job and instance
///   are derived
public record OtlpConfig(
    List<String> promoteResourceAttributes, boolean suffixes, boolean keepIdentifying) {
  /// The options if there is no such section.
  public static final OtlpConfig DEFAULT = new OtlpConfig(List.of(), true, false);

  public OtlpConfig {
    promoteResourceAttributes = List.copyOf(promoteResourceAttributes);
  }
}
