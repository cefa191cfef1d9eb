package io.pharos.probe.run;

import static io.pharos.model.SharedMapper.JSON;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.pharos.bytes.Durability;
import io.pharos.model.Sha256;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Stores the state of push probes in one file per probe, so that it survives a restart
/// (docs/format/push-probes.md). State that can't be written is kept in memory and written later.
/// Thread-safe.
public final class PushStore {
  private static final Logger LOG = LoggerFactory.getLogger(PushStore.class);
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");
  private static final int MAX_BYTES = 64 * 1024;

  private final @Nullable Path folder;
  private final Instant lastAlive;
  private final Map<String, PushState> states = new ConcurrentHashMap<>();
  private final Set<String> unwritten = ConcurrentHashMap.newKeySet();

  private PushStore(@Nullable Path folder, Instant lastAlive) {
    this.folder = folder;
    this.lastAlive = lastAlive;
  }

  /// Creates a store in a folder. The folder is created when the first state is written.
  ///
  /// @param lastAlive last time at which an earlier process could receive reports; if empty, the
  ///   time at which the state was written is used
  public static PushStore in(Path folder, Optional<Instant> lastAlive) {
    return new PushStore(folder, lastAlive.orElse(Instant.EPOCH));
  }

  /// Creates a store that keeps the state only in memory.
  public static PushStore inMemory() {
    return new PushStore(null, Instant.EPOCH);
  }

  /// Returns the state of a probe from memory. If there is none, reads the file of the probe, and
  /// adds a gap since the file was written. Without a file, returns a state without reports.
  PushState open(String probe, Instant now) {
    return states.computeIfAbsent(probe, _ -> read(probe, now).orElse(PushState.silent(now)));
  }

  /// Stores the state.
  void store(String probe, PushState state, Instant now) {
    PushState previous = states.put(probe, state);
    if (!state.equals(previous) || unwritten.contains(probe)) {
      write(probe, state, now);
    }
  }

  /// Deletes the states of all probes that are not in `probes`.
  void retain(Set<String> probes) {
    states.keySet().retainAll(probes);
    if (folder == null || !Files.isDirectory(folder)) {
      return;
    }
    var remainingFiles = new HashSet<String>();
    probes.forEach(probe -> remainingFiles.add(name(probe)));
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        if (!remainingFiles.contains(String.valueOf(file.getFileName()))) {
          Files.deleteIfExists(file);
        }
      }
    } catch (IOException e) {
      LOG.warn("stored reports of removed push probes can't be deleted: {}", e.toString());
    }
  }

  private static String name(String probe) {
    return Sha256.hex(probe).substring(0, 32) + ".json";
  }

  private void write(String probe, PushState state, Instant now) {
    if (folder == null) {
      return;
    }
    try {
      Files.createDirectories(folder);
      String text = JSON.writeValueAsString(json(probe, state, now)) + "\n";
      Durability.write(folder.resolve(name(probe)), text, OWNER_ONLY);
      unwritten.remove(probe);
    } catch (IOException e) {
      if (unwritten.add(probe)) {
        LOG.error("reports of push probe {} can't be stored: {}", probe, e.toString());
      }
    }
  }

  private static ObjectNode json(String probe, PushState state, Instant now) {
    ObjectNode json = JSON.createObjectNode();
    json.put("probe", probe);
    json.put("written", now.toString());
    json.put("known", state.condition().name());
    json.put("reference", state.reference().toString());
    if (state.started() != null) {
      json.put("started", state.started().toString());
    }
    if (state.lastEnd() != null) {
      json.put("heard", state.lastEnd().toString());
    }
    json.put("told", state.message());
    if (state.exitCode() != null) {
      json.put("exit_code", state.exitCode());
    }
    if (state.took() != null) {
      json.put("took_millis", state.took().toMillis());
    }
    json.put("count", state.count());
    var gaps = json.putArray("gaps");
    state
        .gaps()
        .forEach(gap -> gaps.addArray().add(gap.from().toString()).add(gap.to().toString()));
    state.results().forEach(json.withArray("results")::add);
    return json;
  }

  private Optional<PushState> read(String probe, Instant now) {
    if (folder == null) {
      return Optional.empty();
    }
    Path file = folder.resolve(name(probe));
    try {
      if (!Files.exists(file) || Files.size(file) > MAX_BYTES) {
        return Optional.empty();
      }
      JsonNode json = JSON.readTree(Files.readAllBytes(file));
      if (!json.path("probe").asText().equals(probe)) {
        return Optional.empty();
      }
      Instant written = Instant.parse(json.path("written").asText());
      Instant from = written.isAfter(lastAlive) ? written : lastAlive;
      return Optional.of(state(json).withGap(from.isAfter(now) ? now : from, now));
    } catch (IOException | DateTimeException | IllegalArgumentException e) {
      LOG.warn(
          "{} is damaged, so the state of push probe {} is discarded: {}",
          file,
          probe,
          e.toString());
      return Optional.empty();
    }
  }

  private static PushState state(JsonNode json) {
    var gaps = new ArrayList<PushState.Gap>();
    for (JsonNode gap : json.path("gaps")) {
      gaps.add(
          new PushState.Gap(
              Instant.parse(gap.path(0).asText()), Instant.parse(gap.path(1).asText())));
    }
    List<Boolean> results = new ArrayList<>();
    json.path("results").forEach(result -> results.add(result.asBoolean()));
    return new PushState(
        PushState.Condition.valueOf(json.path("known").asText()),
        Instant.parse(json.path("reference").asText()),
        time(json, "started"),
        time(json, "heard"),
        json.path("told").asText(),
        json.has("exit_code") ? (Integer) json.path("exit_code").asInt() : null,
        json.has("took_millis") ? Duration.ofMillis(json.path("took_millis").asLong()) : null,
        gaps,
        results,
        json.path("count").asLong());
  }

  private static @Nullable Instant time(JsonNode json, String key) {
    return json.has(key) ? Instant.parse(json.path(key).asText()) : null;
  }
}
