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

/// What of the data was found damaged since the start. Thread-safe.
public final class DamagedData {
  private static final int MOST_SHOWN = 100;
  private static final DateTimeFormatter STAMP =
      DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  /// Whose data it is.
  public enum Part {
    /// Deployments and gates, in the embedded database
    DATABASE("database"),
    /// Alerts, silences, what was told and is to be told
    NOTIFIER_LOG("notifier_log"),
    /// Deliveries that were made
    LEDGER("ledger");

    private final String label;

    Part(String label) {
      this.label = label;
    }

    /// The value of the label `part`.
    public String label() {
      return label;
    }
  }

  /// One place.
  ///
  /// @param what what is wrong and what is lost by it, for people
  /// @param aside where the damaged bytes are kept; the file itself where they could not be
  public record Damage(Part part, Instant at, String what, Path aside) {
    public Damage {
      requireNonNull(part, "part is null");
      requireNonNull(at, "at is null");
      requireNonNull(what, "what is null");
      requireNonNull(aside, "aside is null");
    }
  }

  private final InstantSource clock;
  private final Map<Part, Counter> counters = new EnumMap<>(Part.class);
  private final List<Damage> found = new ArrayList<>();

  public DamagedData(InstantSource clock, MeterRegistry registry) {
    this.clock = requireNonNull(clock, "clock is null");
    for (Part part : Part.values()) {
      counters.put(
          part,
          Counter.builder("pharos_store_damages")
              .description("Places where stored data was found damaged, and set aside.")
              .tag("part", part.label())
              .register(registry));
    }
  }

  /// A name beside a damaged file, for what is set aside of it: the time, then `corrupt`.
  public Path aside(Path file) {
    return file.resolveSibling(
        file.getFileName() + "." + STAMP.format(clock.instant()) + ".corrupt");
  }

  /// Takes note of damage.
  public synchronized void found(Part part, String what, Path aside) {
    requireNonNull(counters.get(part)).increment();
    if (found.size() < MOST_SHOWN) {
      found.add(new Damage(part, clock.instant(), what, aside));
    }
  }

  /// What was found, in that order.
  public synchronized List<Damage> found() {
    return List.copyOf(found);
  }
}
