package io.pharos.config.alertmanager;

import java.util.function.Consumer;
import java.util.function.Function;

/// The defaults of one kind of integration, from the section `global`.
@FunctionalInterface
public interface IntegrationDefaults {
  /// Reads one integration. The caller then refuses the keys that were not read.
  ///
  /// @throws io.pharos.config.yaml.ConfigException with file, line, value and what was expected
  IntegrationConfig read(KeyReader keys);

  /// Prints the keys of these defaults into the section `global`.
  default void print(ConfigSection global) {}

  /// Returns defaults that use the given reader and printer.
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
