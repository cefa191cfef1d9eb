package io.pharos.rollout.agent;

import static java.util.Objects.requireNonNull;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.pharos.bytes.Durability;
import io.pharos.rollout.DesiredServers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// What an agent leaves for its successor and its watchdog, in its own folder
/// (docs/format/rollout-agent.md).
final class AgentFiles {
  private static final Set<PosixFilePermission> OWNER =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> ALL = PosixFilePermissions.fromString("rw-r--r--");
  private static final long MOST_BYTES = 1 << 20;
  private static final int MOST_RELEASES = 50;
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /// What the agent did with one server.
  ///
  /// @param version that was started last; null while that is under way or went wrong
  /// @param running whether it was started and not stopped since
  record Started(@Nullable String version, boolean running) {}

  /// @param agent by which Pharos knows it
  /// @param epoch of the lease that it had last; null for none
  /// @param boot of the machine; what was started before another one is gone
  /// @param servers by name
  record Memory(String agent, @Nullable Long epoch, String boot, Map<String, Started> servers) {
    Memory {
      requireNonNull(agent, "agent is null");
      requireNonNull(boot, "boot is null");
      servers = Collections.unmodifiableMap(new TreeMap<>(servers));
    }

    Memory withEpoch(@Nullable Long newEpoch) {
      return new Memory(agent, newEpoch, boot, servers);
    }

    Memory with(String server, Started started) {
      var changed = new TreeMap<>(servers);
      changed.put(server, started);
      return new Memory(agent, epoch, boot, changed);
    }
  }

  private final Path folder;

  AgentFiles(Path folder) {
    this.folder = requireNonNull(folder, "folder is null");
  }

  /// The fleet that was approved last; empty where there was none.
  Optional<DesiredServers> approved() throws IOException {
    return read("approved.json", DesiredServers.class);
  }

  /// When it returns, the disk has it.
  void approve(DesiredServers fleet) throws IOException {
    write("approved.json", fleet, ALL);
  }

  Optional<Memory> memory() throws IOException {
    return read("agent.json", Memory.class);
  }

  void remember(Memory memory) throws IOException {
    write("agent.json", memory, OWNER);
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    Path file = folder.resolve(name);
    try {
      if (Files.size(file) > MOST_BYTES) {
        throw new IOException(file + ": larger than " + MOST_BYTES + " bytes");
      }
      return Optional.of(JSON.readValue(Files.readString(file), type));
    } catch (NoSuchFileException _) { // nothing was written yet
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": not what an agent wrote: " + e.getOriginalMessage(), e);
    }
  }

  private void write(String name, Object value, Set<PosixFilePermission> permissions)
      throws IOException {
    Durability.write(folder.resolve(name), JSON.writeValueAsString(value) + "\n", permissions);
  }

  /// The releases that were good, as the scripts keep them: a line `SERVER VERSION` each, the one
  /// that serves last.
  List<String> releases() throws IOException {
    try {
      return Files.readAllLines(folder.resolve("releases")).stream()
          .filter(line -> !line.isBlank())
          .toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /// Adds a release that is good, unless it is the one that serves.
  void addRelease(String server, String version) throws IOException {
    String line = server + " " + version;
    List<String> known = releases();
    if (!known.isEmpty() && known.getLast().equals(line)) {
      return;
    }
    var lines = new ArrayList<>(known);
    lines.add(line);
    List<String> kept = lines.subList(Math.max(0, lines.size() - MOST_RELEASES), lines.size());
    Durability.write(folder.resolve("releases"), String.join("\n", kept) + "\n", ALL);
  }
}
