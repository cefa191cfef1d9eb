package io.pharos.config.prometheus;

import io.pharos.config.yaml.ConfigException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Discovers targets in files. Reads a file again when its modification time or size changes. A
/// file that can't be read keeps its last targets. Not thread-safe.
public final class FileDiscovery {
  private record Stamp(FileTime modified, long size) {}

  private record Known(@Nullable Stamp stamp, List<StaticConfig> groups, String problem) {}

  private static final Logger LOG = LoggerFactory.getLogger(FileDiscovery.class);

  private final Runnable onError;
  private final Limit limit;
  private Map<Path, Known> files = new TreeMap<>();

  /// The maximum size of a file.
  public interface Limit {
    /// The maximum number of bytes.
    long bytes();

    /// The origin of the limit, for messages: "which is the limit of …".
    String origin();

    /// Reports a file that is larger.
    void refuse(String problem);

    /// A limit whose violations are only logged.
    static Limit of(long bytes, String origin) {
      return new Fixed(bytes, origin);
    }

    /// A limit whose violations the caller logs.
    record Fixed(long bytes, String origin) implements Limit {
      @Override
      public void refuse(String problem) {}
    }
  }

  /// @param onError runs for each file or pattern that can't be read
  public FileDiscovery(Runnable onError, Limit limit) {
    this.onError = onError;
    this.limit = limit;
  }

  /// The target groups in the files that currently match.
  public List<StaticConfig> refresh(List<FileSdConfig> configs) {
    var next = new TreeMap<Path, Known>();
    Set<Path> named = new HashSet<>();
    for (FileSdConfig config : configs) {
      for (String pattern : config.files()) {
        try {
          named.addAll(FilePattern.expand(pattern));
        } catch (IOException e) {
          onError.run();
          LOG.warn("files of {} can't be listed: {}", pattern, e.toString());
          files.keySet().stream().filter(file -> covers(pattern, file)).forEach(named::add);
        }
      }
    }
    for (Path file : named) {
      Known known = read(file, files.get(file));
      if (known != null) {
        next.put(file, known);
      }
    }
    files = next;
    return files.values().stream().flatMap(known -> known.groups.stream()).toList();
  }

  private static boolean covers(String pattern, Path file) {
    return String.valueOf(file.getParent()).equals(String.valueOf(Path.of(pattern).getParent()));
  }

  /// The current problems, one for each file that can't be read.
  public List<String> problems() {
    return files.values().stream()
        .map(Known::problem)
        .filter(problem -> !problem.isEmpty())
        .toList();
  }

  private @Nullable Known read(Path file, @Nullable Known old) {
    Stamp stamp;
    try {
      var attributes = Files.readAttributes(file, BasicFileAttributes.class);
      stamp = new Stamp(attributes.lastModifiedTime(), attributes.size());
    } catch (NoSuchFileException _) {
      if (old != null) {
        LOG.info("targets file {} was deleted, its targets are dropped", file);
      }
      return null;
    } catch (IOException e) {
      return broken(null, old, file + ": can't be read: " + e);
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
      return new Known(stamp, groups(file), "");
    } catch (ConfigException e) {
      return broken(stamp, old, String.valueOf(e.getMessage()));
    }
  }

  private Known broken(@Nullable Stamp stamp, @Nullable Known old, String problem) {
    if (old == null || !problem.equals(old.problem)) {
      LOG.warn("keeping the last valid targets: {}", problem);
    }
    onError.run();
    return new Known(stamp, old == null ? List.of() : old.groups, problem);
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
