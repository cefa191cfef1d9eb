package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.model.Labels;
import java.util.List;

/// Targets written out, with the labels that they share. The items of file_sd files have the same
/// form.
///
/// @param targets addresses, `host:port`
public record StaticConfig(List<String> targets, Labels labels) {
  public StaticConfig {
    targets = List.copyOf(targets);
    requireNonNull(labels, "labels is null");
  }
}
