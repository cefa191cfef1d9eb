package io.pharos.ingest.fleet;

import static java.util.Objects.requireNonNull;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What one source said at one time.
///
/// @param clock what time it was by the source's own clock
/// @param beats when each host's last heartbeat was, by the clock that the source keeps them by
/// @param machines every machine there is, with its allocation status; empty where the source does
///   not know which there are
/// @param leftOut how many hosts there were no room for
record FleetReading(
    Instant clock,
    Map<String, Instant> beats,
    Optional<Map<String, String>> machines,
    List<GpuCount> gpus,
    int leftOut) {
  FleetReading {
    requireNonNull(clock, "clock is null");
    beats = Map.copyOf(beats);
    machines = machines.map(Map::copyOf);
    gpus = List.copyOf(gpus);
  }

  /// How many GPUs of a host are in a state.
  record GpuCount(String host, GpuState state, long count) {}

  /// What a GPU is used for.
  enum GpuState {
    RENTED("rented"),
    IDLE("idle"),
    MAINTENANCE("maintenance"),
    UNKNOWN("unknown");

    private final String text;

    GpuState(String text) {
      this.text = text;
    }

    String text() {
      return text;
    }

    /// The state of that name; unknown for any other name.
    static GpuState of(String text) {
      for (GpuState state : values()) {
        if (state.text.equals(text)) {
          return state;
        }
      }
      return UNKNOWN;
    }
  }

  /// A source can't be read, or does not say what was expected: nothing is known.
  static final class Unreadable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreadable(String message) {
      super(message);
    }

    Unreadable(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /// Whatever can be asked.
  interface Source extends AutoCloseable {
    /// The value of the label `source`.
    String name();

    /// What it says now, within its time.
    FleetReading read() throws Unreadable, InterruptedException;

    @Override
    default void close() {}
  }
}
