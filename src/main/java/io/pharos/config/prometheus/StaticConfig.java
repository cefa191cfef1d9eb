package io.pharos.config.prometheus;

import io.pharos.model.Labels;
import java.util.List;

/// Listed targets with labels that all of them get. Items of file_sd files have the same form.
///
/// @param targets addresses as `host:port`
public record StaticConfig(List<String> targets, Labels labels) {
  public StaticConfig {
    targets = List.copyOf(targets);
  }
}
