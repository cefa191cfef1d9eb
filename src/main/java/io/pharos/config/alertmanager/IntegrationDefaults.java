package io.pharos.config.alertmanager;

import java.util.function.Consumer;
import java.util.function.Function;

/// Defaults from `global` for the integrations of a kind.
@FunctionalInterface
public interface IntegrationDefaults {
  /// Reads one integration. The caller then refuses unread keys.
  ///
  /// @throws io.pharos.config.yaml.ConfigException with file, line, value and what was expected
  IntegrationConfig read(KeyReader keys);

  /// Prints the keys of `global`.
  default void print(ConfigSection global) {}

  /// Defaults from a reader and a printer.
  static IntegrationDefaults of(
      Function<KeyReader, IntegrationConfig> reader, Consumer<ConfigSection> printer) {
    return new IntegrationDefaults() {
      @Override
      public IntegrationConfig read(KeyReader keys) {
        return reader.apply(keys);
      }

      @Override
      public void print(ConfigSection global) {
        printer.accept(global);
      }
    };
  }
}
