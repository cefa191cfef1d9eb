package io.pharos.config.prometheus;

import java.util.List;

/// The section `otlp`.
///
/// @param promoteResourceAttributes those that become labels of every series
/// @param suffixes whether names end in unit and type
/// @param keepIdentifying whether `target_info` also has what job and instance are made of
public record OtlpConfig(
    List<String> promoteResourceAttributes, boolean suffixes, boolean keepIdentifying) {
  /// Without the section.
  public static final OtlpConfig DEFAULT = new OtlpConfig(List.of(), true, false);

  public OtlpConfig {
    promoteResourceAttributes = List.copyOf(promoteResourceAttributes);
  }
}
