package io.pharos.ingest.fleet;

import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/// The result of reading a source once.
///
/// @param clock current time by the source's clock
/// @param beats time of each host's last heartbeat, by the source's clock
/// @param machines all machines with their allocation statuses; empty if the source has no
///   inventory
/// @param leftOut number of hosts that were skipped because of their names or the limit
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

  /// Returns whether a text is short and printable, so that it can be the value of a label.
  static boolean isLabelValue(String text) {
    return !text.isBlank()
        && text.length() <= 128
        && text.chars().noneMatch(Character::isISOControl);
  }

  /// The number of GPUs of a host that are in a state.
  record GpuCount(String host, GpuState state, long count) {}

  /// The use of a GPU.
  enum GpuState {
    RENTED,
    IDLE,
    MAINTENANCE,
    UNKNOWN;
    final String text = name().toLowerCase(Locale.ROOT);

    /// Returns the state with this name; the state "unknown" for any other name.
    static GpuState of(String text) {
      for (GpuState state : values()) {
        if (state.text.equals(text)) {
          return state;
        }
      }
      return UNKNOWN;
    }
  }

  /// Thrown if a source can't be read, or its answer is unexpected. Then the hosts of the source
  /// are unknown.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }

    Unreadable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// A source of heartbeats.
  interface Source extends AutoCloseable {
    /// Returns the value of the label `source`.
    String name();

    /// Reads the source, within its timeout.
    FleetReading read() throws Unreadable, InterruptedException;

    @Override
    default void close() {}
  }
}
