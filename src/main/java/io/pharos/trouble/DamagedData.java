package io.pharos.trouble;

import static java.util.Objects.requireNonNull;

import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/// The damaged data that was found since the start. Thread-safe.
public final class DamagedData {
  private static final int MAX_SHOWN = 100;
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /// The part of Pharos to which the data belongs.
  public enum Part {
    /// Deployments and gates, in the embedded database
    DATABASE("database"),
    /// Alerts, silences, sent and pending notifications
    NOTIFIER_LOG("notifier_log"),
    /// Finished deliveries
    LEDGER("ledger");

    private final String label;

    Part(String label) {
      this.label = label;
    }

    /// Returns the value of the label `part`.
    public String label() {
      return label;
    }
  }

  /// One damaged part of a file or database.
  ///
  /// @param description what is damaged and what was lost, for people
  /// @param aside file with a copy of the damaged bytes; the damaged file itself if they could not
  ///   be copied
  public record Damage(Part part, Instant at, String description, Path aside) {}

  private final InstantSource clock;
  private final Map<Part, Counter> counters = new EnumMap<>(Part.class);
  private final List<Damage> found = new ArrayList<>();

  public DamagedData(InstantSource clock, MeterRegistry registry) {
    this.clock = clock;
    for (Part part : Part.values()) {
      counters.put(
          part,
          Counter.builder("pharos_store_damages")
              .description("Damaged places found in stored data.")
              .tag("part", part.label())
              .register(registry));
    }
  }

  /// Returns the path of a new file for the damaged bytes of a file, in the same folder. Its name
  /// consists of the name of the damaged file, the time and `corrupt`.
  public Path aside(Path file) {
    return file.resolveSibling(
        file.getFileName() + "." + STAMP.format(clock.instant()) + ".corrupt");
  }

  /// Records damage.
  public synchronized void found(Part part, String description, Path aside) {
    requireNonNull(counters.get(part)).increment();
    if (found.size() < MAX_SHOWN) {
      found.add(new Damage(part, clock.instant(), description, aside));
    }
  }

  /// Returns the damage in the order in which it was found.
  public synchronized List<Damage> found() {
    return List.copyOf(found);
  }
}
