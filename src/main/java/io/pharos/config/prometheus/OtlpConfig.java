package io.pharos.config.prometheus;

import java.util.List;

/// The section `otlp`.
///
/// @param promoteResourceAttributes attributes that become labels of every series
/// @param suffixes whether names end in unit and type
/// @param keepIdentifying whether `target_info` keeps the attributes that form job and instance
public record OtlpConfig(
    List<String> promoteResourceAttributes, boolean suffixes, boolean keepIdentifying) {
  /// The defaults without the section.
  public static final OtlpConfig DEFAULT = new OtlpConfig(List.of(), true, false);

  public OtlpConfig {
    promoteResourceAttributes = List.copyOf(promoteResourceAttributes);
  }
}
