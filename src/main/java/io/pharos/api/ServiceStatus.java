package io.pharos.api;

import java.time.Instant;
import java.util.Map;

/// What the service says about itself; the composition root answers.
public interface ServiceStatus {
  /// Pharos' version, as in `0.1.0`.
  String version();

  Instant startedAt();

  /// Whether everything that must run before Pharos can do its work is running.
  boolean isReady();

  /// The command line's flags with their values; none of them is a secret.
  Map<String, String> flags();

  /// The Prometheus configuration as loaded, secrets masked; empty where only the notifier runs.
  String configYaml();

  boolean lastReloadSuccessful();

  /// How long samples are kept, as in `15d`.
  String retention();

  /// Reads all versioned files again and puts them to work, all of them or none.
  ///
  /// @throws io.pharos.yaml.ConfigException when one of them is bad; everything stays as it was
  void reload();
}
