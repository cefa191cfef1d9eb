package io.pharos.server.tap;

import io.pharos.config.yaml.ConfigException;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The routes of a file that may change meanwhile. A reading that fails leaves what held before.
/// Thread-safe.
public final class LiveRoutes implements Supplier<RouteTable> {
  private record Stamp(@Nullable FileTime modified, long size) {}

  private final Path file;
  private volatile RouteTable table;
  private Stamp stamp;

  /// Reads the file.
  ///
  /// @throws ConfigException with every problem found
  public LiveRoutes(Path file) {
    this.file = file;
    stamp = stamp(file);
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
    stamp = stamp(file);
    try {
      table = RoutesFile.read(file);
      return Optional.empty();
    } catch (ConfigException e) {
      return Optional.of(e);
    }
  }

  /// Whether the file is another than was read last.
  public synchronized boolean hasChanged() {
    return !stamp(file).equals(stamp);
  }

  private static Stamp stamp(Path file) {
    try {
      return new Stamp(Files.getLastModifiedTime(file), Files.size(file));
    } catch (IOException _) { // the reading says why
      return new Stamp(null, -1);
    }
  }
}
