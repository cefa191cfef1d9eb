package io.pharos.config.alertmanager;

import java.util.function.Consumer;
import java.util.function.Function;

/// What the integrations of a kind take from `global` where they say nothing themselves.
@FunctionalInterface
public interface IntegrationDefaults {
  /// Reads one integration; keys that are left unread are refused afterwards.
  ///
  /// @throws io.pharos.config.yaml.ConfigException with file, line, value and what was expected
  IntegrationConfig read(KeyReader keys);

  /// Prints the keys of `global`.
  default void print(ConfigSection global) {}

  /// Defaults of a reader and a printer that know the same keys.
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
