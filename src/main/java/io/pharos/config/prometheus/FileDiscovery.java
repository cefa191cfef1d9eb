package io.pharos.config.prometheus;

import io.pharos.config.files.OutsideFiles;
import io.pharos.config.yaml.ConfigException;
import io.pharos.model.PlainReason;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Finds targets in files. Reads a file again when its modification time or size has changed. If a
/// file can't be read, its last targets remain. Not thread-safe.
public final class FileDiscovery {
  private record Stamp(FileTime modified, long size) {}

  private record FileState(@Nullable Stamp stamp, List<StaticConfig> groups, String problem) {}

  private static final Logger LOG = LoggerFactory.getLogger(FileDiscovery.class);

  private final Runnable onError;
  private final Limit limit;
  private Map<Path, FileState> files = new TreeMap<>();

  /// The maximum size of a file.
  public interface Limit {
    /// Returns the maximum number of bytes.
    long bytes();

    /// Returns where the limit is set, as the end of an error message: "which is the limit of …".
    String origin();

    /// Reports a file that is too large.
    void refuse(String problem);

    /// Returns a limit that does not report files that are too large; [FileDiscovery] logs them.
    static Limit of(long bytes, String origin) {
      return new Fixed(bytes, origin);
    }

    /// A limit that does not report files that are too large.
    record Fixed(long bytes, String origin) implements Limit {
      @Override
      public void refuse(String problem) {}
    }
  }

  /// @param onError called for each file that can't be read and each pattern that can't be listed
  public FileDiscovery(Runnable onError, Limit limit) {
    this.onError = onError;
    this.limit = limit;
  }

  /// Reads those matching files that are new or have changed. Returns the target groups of all
  /// matching files.
  public List<StaticConfig> refresh(List<FileSdConfig> configs) {
    var next = new TreeMap<Path, FileState>();
    Set<Path> matching = new HashSet<>();
    for (FileSdConfig config : configs) {
      for (String pattern : config.files()) {
        try {
          matching.addAll(FilePattern.expand(pattern));
        } catch (IOException e) {
          onError.run();
          LOG.warn("files of {} can't be listed: {}", pattern, PlainReason.of(e));
          files.keySet().stream().filter(file -> covers(pattern, file)).forEach(matching::add);
        }
      }
    }
    for (Path file : matching) {
      FileState state = read(file, files.get(file));
      if (state != null) {
        next.put(file, state);
      }
    }
    files = next;
    return files.values().stream().flatMap(state -> state.groups.stream()).toList();
  }

  private static boolean covers(String pattern, Path file) {
    return String.valueOf(file.getParent()).equals(String.valueOf(Path.of(pattern).getParent()));
  }

  /// Returns the current problems, one for each file that can't be read.
  public List<String> problems() {
    return files.values().stream()
        .map(FileState::problem)
        .filter(problem -> !problem.isEmpty())
        .toList();
  }

  private @Nullable FileState read(Path file, @Nullable FileState old) {
    Stamp stamp;
    try {
      var attributes = OutsideFiles.attributes(file);
      stamp = new Stamp(attributes.lastModifiedTime(), attributes.size());
    } catch (NoSuchFileException _) {
      if (old != null) {
        LOG.info("targets file {} was deleted, its targets are dropped", file);
      }
      return null;
    } catch (IOException e) {
      return broken(null, old, file + ": can't be read: " + PlainReason.of(e));
    }
    if (old != null && stamp.equals(old.stamp)) {
      if (stamp.size > limit.bytes()) {
        limit.refuse(old.problem);
      }
      return old;
    }
    if (stamp.size > limit.bytes()) {
      String problem =
          "%s: %d bytes, expected at most %d, %s"
              .formatted(file, stamp.size, limit.bytes(), limit.origin());
      limit.refuse(problem);
      return broken(stamp, old, problem);
    }
    try {
      return new FileState(stamp, groups(file), "");
    } catch (ConfigException e) {
      return broken(stamp, old, String.valueOf(e.getMessage()));
    }
  }

  private FileState broken(@Nullable Stamp stamp, @Nullable FileState old, String problem) {
    if (old == null || !problem.equals(old.problem)) {
      LOG.warn("keeping the last valid targets: {}", problem);
    }
    onError.run();
    return new FileState(stamp, old == null ? List.of() : old.groups, problem);
  }

  private static List<StaticConfig> groups(Path file) {
    return TargetReader.readFile(file).stream()
        .map(
            group ->
                new StaticConfig(
                    group.targets(), group.labels().with("__meta_filepath", file.toString())))
        .toList();
  }
}
