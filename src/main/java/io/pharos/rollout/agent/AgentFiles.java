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

/// Reads and writes the files in which an agent stores its state for its successor and its watchdog
/// (docs/format/rollout-agent.md).
record AgentFiles(Path folder) {
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final Set<PosixFilePermission> READABLE_BY_ALL =
      PosixFilePermissions.fromString("rw-r--r--");
  private static final long MAX_BYTES = 1 << 20;
  private static final int MAX_RELEASES = 50;
  private static final ObjectMapper JSON =
      JsonMapper.builder().disable(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES).build();

  /// The last operation of the agent on one server.
  ///
  /// @param version version that was started last; null until the start has succeeded
  /// @param running whether the server was started and not stopped since
  record Started(@Nullable String version, boolean running) {}

  /// The state that an agent reads after a restart.
  ///
  /// @param agent the agent's name in its heartbeats
  /// @param epoch epoch of the agent's last lease; null for none
  /// @param boot identifier of the machine's boot; servers do not survive a reboot
  /// @param servers last operation on each server, by name
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

  /// Returns the servers that were approved last; empty if none were.
  Optional<DesiredServers> approved() throws IOException {
    return read("approved.json", DesiredServers.class);
  }

  /// Stores the approved servers, so that they survive a power loss.
  void approve(DesiredServers fleet) throws IOException {
    write("approved.json", fleet, READABLE_BY_ALL);
  }

  /// Removes the approved servers, so that nobody restores outdated ones.
  void forgetApproved() {
    try {
      Files.deleteIfExists(folder.resolve("approved.json"));
    } catch (IOException _) { // the agent itself still knows what is approved
    }
  }

  Optional<Memory> memory() throws IOException {
    return read("agent.json", Memory.class);
  }

  void remember(Memory memory) throws IOException {
    write("agent.json", memory, OWNER_ONLY);
  }

  private <T> Optional<T> read(String name, Class<T> type) throws IOException {
    Path file = folder.resolve(name);
    try {
      if (Files.size(file) > MAX_BYTES) {
        throw new IOException(file + " is larger than the maximum of " + MAX_BYTES + " bytes");
      }
      return Optional.of(JSON.readValue(Files.readString(file), type));
    } catch (NoSuchFileException _) { // the agent has not written the file yet
      return Optional.empty();
    } catch (JsonProcessingException e) {
      throw new IOException(file + ": expected an agent's JSON: " + e.getOriginalMessage(), e);
    }
  }

  private void write(String name, Object value, Set<PosixFilePermission> permissions)
      throws IOException {
    Durability.write(folder.resolve(name), JSON.writeValueAsString(value) + "\n", permissions);
  }

  /// Returns the releases that served, in the format of the deploy scripts: lines `SERVER VERSION`,
  /// the last one for the release that serves now.
  List<String> releases() throws IOException {
    try {
      return Files.readAllLines(folder.resolve("releases")).stream()
          .filter(line -> !line.isBlank())
          .toList();
    } catch (NoSuchFileException _) {
      return List.of();
    }
  }

  /// Appends a release that serves, unless it is already the last release of the file.
  void addRelease(String server, String version) throws IOException {
    String line = server + " " + version;
    List<String> existing = releases();
    if (!existing.isEmpty() && existing.getLast().equals(line)) {
      return;
    }
    var lines = new ArrayList<>(existing);
    lines.add(line);
    List<String> kept = lines.subList(Math.max(0, lines.size() - MAX_RELEASES), lines.size());
    Durability.write(folder.resolve("releases"), String.join("\n", kept) + "\n", READABLE_BY_ALL);
  }
}
