package io.pharos.tap.proxy;

import io.pharos.config.yaml.ConfigException;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import java.nio.file.Path;
import java.util.Optional;
import java.util.function.Supplier;

/// The routes of a file that may change meanwhile. A reading that fails leaves what held before.
/// Thread-safe.
public final class ReloadableRoutes implements Supplier<RouteTable> {
  private final Path file;
  private volatile RouteTable table;
  private FileStamp stamp;

  /// Reads the file.
  ///
  /// @throws ConfigException with every problem found
  public ReloadableRoutes(Path file) {
    this.file = file;
    stamp = FileStamp.of(file);
    table = RoutesFile.read(file);
  }

  @Override
  public RouteTable get() {
    return table;
  }

  /// Reads the file again.
  ///
  /// @return what is wrong with it; absent where it holds now
  public synchronized Optional<ConfigException> reload() {
    stamp = FileStamp.of(file);
    try {
      table = RoutesFile.read(file);
      return Optional.empty();
    } catch (ConfigException e) {
      return Optional.of(e);
    }
  }

  /// Whether the file is another than was read last.
  public synchronized boolean hasChanged() {
    return !FileStamp.of(file).equals(stamp);
  }
}
