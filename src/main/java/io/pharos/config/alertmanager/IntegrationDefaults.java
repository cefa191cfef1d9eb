package io.pharos.config.alertmanager;

/// What the integrations of a kind take from `global` where they say nothing themselves.
@FunctionalInterface
public interface IntegrationDefaults {
  /// Reads one integration; keys that are left unread are refused afterwards.
  ///
  /// @throws io.pharos.config.yaml.ConfigException with file, line, value and what was expected
  IntegrationConfig read(KeyReader keys);

  /// Prints the keys of `global`.
  default void print(Section global) {}
}
