package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.limits.connections.Connections;
import io.pharos.model.PromDuration;
import io.pharos.trouble.Descriptors;
import java.util.List;
import java.util.Map;

/// The flags that limit incoming connections.
final class ConnectionOptions {
  static final Flag MAX =
      new Flag(
          "web.max-connections",
          "",
          "maximum of open connections; empty: 512, or half of the file descriptors if that is less");
  static final Flag RESERVE =
      new Flag(
          "web.reserved-descriptors",
          "",
          "file descriptors that connections leave free for scrapes and messages, and that scrapes"
              + " leave free for connections and messages; empty: a quarter of all, at most 1024");
  static final Flag HEAD =
      new Flag("web.header-timeout", "10s", "how long a client may take to send a request's head");
  static final Flag READ =
      new Flag(
          "web.read-timeout",
          "1m",
          "how long a client may take to send a request's body or to read its answer");
  static final Flag IDLE =
      new Flag("web.idle-timeout", "5m", "how long a connection may stay open without a request");

  static final List<Flag> FLAGS = List.of(MAX, RESERVE, HEAD, READ, IDLE);

  /// Assumed limit on file descriptors, for systems that do not report it.
  private static final long DESCRIPTORS_UNKNOWN = 1 << 16;

  private ConnectionOptions() {}

  /// Returns how many file descriptors this process may open.
  static long descriptors() {
    return Descriptors.now().map(Descriptors::max).orElse(DESCRIPTORS_UNKNOWN);
  }

  static Connections.ConnectionLimits of(Flags flags) {
    long descriptors = descriptors();
    return new Connections.ConnectionLimits(
        number(flags, MAX, 1, Connections.ConnectionLimits.defaultMaxConnections(descriptors)),
        number(flags, RESERVE, 0, Connections.ConnectionLimits.defaultReserve(descriptors)),
        flags.positive(HEAD.name()),
        flags.positive(READ.name()),
        flags.positive(IDLE.name()),
        0);
  }

  private static int number(Flags flags, Flag flag, int min, int defaultValue) {
    return flags.get(flag.name()).isEmpty() ? defaultValue : flags.integer(flag.name(), min);
  }

  /// Returns the limits that apply, with defaults computed, by flag name.
  static Map<String, String> shown(Connections.ConnectionLimits limits) {
    return Map.of(
        MAX.name(), Integer.toString(limits.maxConnections()),
        RESERVE.name(), Integer.toString(limits.reserve()),
        HEAD.name(), PromDuration.format(limits.head()),
        READ.name(), PromDuration.format(limits.read()),
        IDLE.name(), PromDuration.format(limits.idle()));
  }
}
