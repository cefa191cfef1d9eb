package io.pharos.cli;

import io.pharos.cli.Flags.Flag;
import io.pharos.limits.connections.ConnectionLimits;
import io.pharos.model.PromDuration;
import io.pharos.trouble.Descriptors;
import java.time.Duration;
import java.util.Map;

/// The flags of connections that come in.
final class ConnectionOptions {
  static final Flag MOST =
      new Flag(
          "web.max-connections",
          "",
          "how many connections there may be; empty: 512, or half of the file descriptors where that"
              + " is less");
  static final Flag RESERVE =
      new Flag(
          "web.reserved-descriptors",
          "",
          "file descriptors that connections leave to scrapes and messages, and scrapes to connections"
              + " and messages; empty: a quarter of all, at most 1024");
  static final Flag HEAD =
      new Flag("web.header-timeout", "10s", "how long a client may take for a request's head");
  static final Flag READ =
      new Flag(
          "web.read-timeout",
          "1m",
          "how long a client may take for a request's body, and not read its answer");
  static final Flag IDLE =
      new Flag("web.idle-timeout", "5m", "how long a connection may be kept without a request");

  /// Where the system does not count them.
  private static final long DESCRIPTORS_UNKNOWN = 1 << 16;

  private ConnectionOptions() {}

  /// @throws UsageException when a flag has a value that can't be
  static ConnectionLimits of(Flags flags) {
    long descriptors = Descriptors.now().map(Descriptors::most).orElse(DESCRIPTORS_UNKNOWN);
    return new ConnectionLimits(
        number(flags, MOST, 1, ConnectionLimits.most(descriptors)),
        number(flags, RESERVE, 0, ConnectionLimits.reserve(descriptors)),
        time(flags, HEAD),
        time(flags, READ),
        time(flags, IDLE));
  }

  private static int number(Flags flags, Flag flag, int least, int derived) {
    if (flags.get(flag.name()).isEmpty()) {
      return derived;
    }
    int value = flags.integer(flag.name());
    if (value < least) {
      throw flags.refused(flag.name(), "a whole number from " + least + " on");
    }
    return value;
  }

  private static Duration time(Flags flags, Flag flag) {
    Duration time = flags.duration(flag.name());
    if (!time.isPositive()) {
      throw flags.refused(flag.name(), "a duration longer than 0");
    }
    return time;
  }

  /// What the flags are, by name.
  static Map<String, String> shown(ConnectionLimits limits) {
    return Map.of(
        MOST.name(), Integer.toString(limits.most()),
        RESERVE.name(), Integer.toString(limits.reserve()),
        HEAD.name(), PromDuration.format(limits.head()),
        READ.name(), PromDuration.format(limits.read()),
        IDLE.name(), PromDuration.format(limits.idle()));
  }
}
