package io.pharos.tap.proxy;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.yaml.ConfigException;
import io.pharos.tap.RouteTable;
import io.pharos.tap.RoutesFile;
import java.io.IOException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The routes of a file, which can be reloaded. If a reload fails, the previous routes remain in
/// use. Thread-safe.
public final class ReloadableRoutes implements Supplier<RouteTable> {
  /// Modification time and size of a file, to detect that it has changed.
  ///
  /// @param modified modification time; null if the file is not accessible
  /// @param size size in bytes; -1 if the file is not accessible
  record FileStamp(@Nullable FileTime modified, long size) {
    static FileStamp of(Path file) {
      try {
        BasicFileAttributes attributes = OutsideFiles.attributes(file);
        return new FileStamp(attributes.lastModifiedTime(), attributes.size());
      } catch (IOException _) { // the next reload reports the error
        return new FileStamp(null, -1);
      }
    }
  }

  private final Path file;
  private volatile RouteTable table;
  private FileStamp stamp;

  /// Reads the file.
  ///
  /// @throws ConfigException with all problems of the file
  public ReloadableRoutes(Path file) {
    this.file = file;
    stamp = FileStamp.of(file);
    table = RoutesFile.read(file);
  }

  @Override
  public RouteTable get() {
    return table;
  }

  /// Reloads the file. On an error, the previous routes remain in use.
  ///
  /// @return the error, or empty if the new routes are used from now on
  public synchronized Optional<ConfigException> reload() {
    stamp = FileStamp.of(file);
    try {
      table = RoutesFile.read(file);
      return Optional.empty();
    } catch (ConfigException e) {
      return Optional.of(e);
    }
  }

  /// Returns whether the file has changed since the last reload.
  public synchronized boolean hasChanged() {
    return !FileStamp.of(file).equals(stamp);
  }
}
