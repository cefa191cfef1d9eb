package io.pharos.ingest.fleet;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// One reading of a source.
///
/// @param clock current time by the source's clock
/// @param beats time of each host's last heartbeat, by the source's clock
/// @param machines all machines with their allocation statuses; empty if the source has no
///   inventory
/// @param leftOut number of hosts beyond the limit
record FleetReading(
    Instant clock,
    Map<String, Instant> beats,
    Optional<Map<String, String>> machines,
    List<GpuCount> gpus,
    int leftOut) {
  FleetReading {
    beats = Map.copyOf(beats);
    machines = machines.map(Map::copyOf);
    gpus = List.copyOf(gpus);
  }

  /// Whether a text is short and printable, as the value of a label should be.
  static boolean isLabelValue(String text) {
    return !text.isBlank()
        && text.length() <= 128
        && text.chars().noneMatch(Character::isISOControl);
  }

  /// Number of GPUs of a host in a state.
  record GpuCount(String host, GpuState state, long count) {}

  /// The use of a GPU.
  enum GpuState {
    RENTED,
    IDLE,
    MAINTENANCE,
    UNKNOWN;
    final String text = name().toLowerCase(Locale.ROOT);

    /// The state with this name; unknown for any other name.
    static GpuState of(String text) {
      for (GpuState state : values()) {
        if (state.text.equals(text)) {
          return state;
        }
      }
      return UNKNOWN;
    }
  }

  /// A source can't be read, or its answer is unexpected. Nothing is known then.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }

    Unreadable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// A source of readings.
  interface Source extends AutoCloseable {
    /// The value of the label `source`.
    String name();

    /// Reads the source, within its timeout.
    FleetReading read() throws Unreadable, InterruptedException;

    @Override
    default void close() {}
  }
}
