package io.pharos.cli;

import io.pharos.cli.Flags.Flag;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.logs.AccessLines;
import io.pharos.tap.TapMeters;
import io.pharos.tap.proxy.ForwardedHeaders;
import io.pharos.tap.proxy.TapOptions;
import io.pharos.trouble.Descriptors;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;

/// The flags of a tap: as a command of its own, and with `tap.` before them inside `serve`, where
/// it takes a part only of what the process has.
public enum TapFlags {
  ALONE(""),
  INSIDE("tap.");

  /// What a request that is under way may hold outside the heap: in both directions a queue and a
  /// piece of 64 KiB each.
  private static final int EXCHANGE_BYTES = 256 << 10;

  private static final int MOST_IN_FLIGHT = 4096;
  private static final int MOST_CONNECTIONS = 16_384;
  private static final int MOST_LOOPS = 4;

  /// Where the system does not count them.
  private static final long DESCRIPTORS_UNKNOWN = 1 << 16;

  private final String prefix;

  TapFlags(String prefix) {
    this.prefix = prefix;
  }

  public List<Flag> list() {
    return List.of(
        switch (this) {
          case ALONE -> flag("listen", "127.0.0.1:8079", "where clients come, HOST:PORT");
          case INSIDE ->
              flag(
                  "listen",
                  "",
                  "where a tap listens in this process, HOST:PORT (docs/tap.md); empty: no tap");
        },
        flag("tls.cert-file", "", "the certificate for clients, PEM; empty: they come without TLS"),
        flag("tls.key-file", "", "its key"),
        flag("upstream", "http://127.0.0.1:8080", "the backend, http://HOST:PORT or https://…"),
        flag("upstream.ca-file", "", "whose certificates its may be, PEM; empty: the JDK's"),
        flag(
            "upstream.server-name",
            "",
            "the name that its certificate has and that is asked for; empty: the address"),
        flag("upstream.cert-file", "", "the certificate that the tap shows it, PEM; empty: none"),
        flag("upstream.key-file", "", "its key"),
        flag("upstream.insecure-skip-verify", "false", "take any certificate of the backend"),
        flag("metrics-listen", "127.0.0.1:9097", "where the tap's own metrics are"),
        flag("routes.file", "tap/routes.yml", "the backend's routes (docs/format/tap.md)"),
        switch (this) {
          case ALONE -> flag("threads", "0", "event loops; 0: as many as processors, 4 at most");
          case INSIDE ->
              flag("threads", "0", "event loops; 0: half as many as processors, 4 at most");
        },
        flag("connect-timeout", "2s", "for a connection to the backend"),
        flag("response-timeout", "60s", "until an answer begins; 504 then"),
        flag("idle-timeout", "1h", "how long a connection may be silent"),
        switch (this) {
          case ALONE ->
              flag(
                  "max-connections",
                  "",
                  "most connections of clients; empty: half of the file descriptors, 16384 at most");
          case INSIDE ->
              flag(
                  "max-connections",
                  "",
                  "most connections of clients; empty: an eighth of the file descriptors, 16384 at"
                      + " most");
        },
        switch (this) {
          case ALONE -> flag("max-in-flight", "4096", "most requests at once; 503 beyond");
          case INSIDE ->
              flag(
                  "max-in-flight",
                  "",
                  "most requests at once, 503 beyond; empty: 1/4 of the heap at 256 KiB each and"
                      + " 1/16 of the file descriptors allow, 4096 at most");
        },
        flag("max-header-bytes", "65536", "of a request's headers; 431 beyond"),
        flag(
            "max-series",
            Integer.toString(TapMeters.DEFAULT_SERIES),
            "most label sets of the tap's metrics"),
        flag(
            "forwarded",
            "append",
            "X-Forwarded-For, -Proto and -Host: append, replace or keep what came"),
        flag("access-log", "all", "which requests get a line: all, errors or off"),
        flag("drain", "10s", "how long a stop waits for what is under way"));
  }

  private Flag flag(String name, String value, String help) {
    return new Flag(prefix + name, value, help);
  }

  /// Whether a tap is wanted.
  ///
  /// @throws UsageException where none is, and yet something is said about it
  boolean isWanted(Flags flags) {
    if (!flags.get(prefix + "listen").isEmpty()) {
      return true;
    }
    for (Flag flag : list()) {
      if (!flags.get(flag.name()).equals(flag.defaultValue())) {
        throw new UsageException(
            "--%s is set, but no tap runs: set --%slisten".formatted(flag.name(), prefix));
      }
    }
    return false;
  }

  /// @throws UsageException when a flag has a value that can't be
  TapSettings settings(Flags flags) {
    return new TapSettings(
        options(flags),
        Path.of(flags.get(prefix + "routes.file")),
        choice(flags, "access-log", AccessLines.Extent.class),
        flags.duration(prefix + "drain"));
  }

  /// @throws UsageException as [#settings]
  public TapOptions options(Flags flags) {
    Listen listen = listen(flags, "listen");
    Listen metrics = listen(flags, "metrics-listen");
    int loops = flags.integer(prefix + "threads");
    URI upstream;
    try {
      upstream = URI.create(flags.get(prefix + "upstream"));
      TapOptions.local(upstream);
    } catch (IllegalArgumentException _) { // it is the only thing given there
      throw flags.refused(prefix + "upstream", "http://HOST:PORT or https://HOST:PORT");
    }
    ForwardedHeaders forwarded = choice(flags, "forwarded", ForwardedHeaders.class);
    try {
      return new TapOptions(
          listen.host(),
          listen.port(),
          tls(flags, "tls.", "", false),
          upstream,
          tls(
              flags,
              "upstream.",
              flags.get(prefix + "upstream.server-name"),
              flags.isOn(prefix + "upstream.insecure-skip-verify")),
          metrics.host(),
          metrics.port(),
          loops == 0 ? loops() : loops,
          flags.duration(prefix + "connect-timeout"),
          flags.duration(prefix + "response-timeout"),
          flags.duration(prefix + "idle-timeout"),
          number(flags, "max-connections", mostConnections(descriptors())),
          number(
              flags,
              "max-in-flight",
              mostInFlight(Runtime.getRuntime().maxMemory(), descriptors())),
          flags.integer(prefix + "max-header-bytes"),
          flags.integer(prefix + "max-series"),
          forwarded);
    } catch (IllegalArgumentException e) {
      throw new UsageException((prefix.isEmpty() ? "" : "--" + prefix + "…: ") + e.getMessage());
    }
  }

  /* Both kinds have a certificate; only those of who is asked have the rest. */
  private TlsOptions tls(Flags flags, String part, String serverName, boolean insecure) {
    boolean outgoing = part.equals("upstream.");
    return new TlsOptions(
        outgoing ? source(flags, part + "ca-file") : SecretSource.unset(),
        source(flags, part + "cert-file"),
        source(flags, part + "key-file"),
        serverName,
        insecure,
        null,
        null);
  }

  private SecretSource source(Flags flags, String name) {
    return flags.path(prefix + name).map(SecretSource::fromFile).orElse(SecretSource.unset());
  }

  private int number(Flags flags, String name, int derived) {
    return flags.get(prefix + name).isEmpty() ? derived : flags.integer(prefix + name);
  }

  private static long descriptors() {
    return Descriptors.now().map(Descriptors::most).orElse(DESCRIPTORS_UNKNOWN);
  }

  /* Inside serve scrapes, rules and messages keep at least as many processors. */
  private int loops() {
    int processors = Runtime.getRuntime().availableProcessors();
    return Math.clamp(this == INSIDE ? processors / 2 : processors, 1, MOST_LOOPS);
  }

  /// How many connections of clients there may be where nobody says.
  int mostConnections(long descriptors) {
    return Math.clamp(descriptors / (this == INSIDE ? 8 : 2), 1, MOST_CONNECTIONS);
  }

  /// How many requests there may be at once where nobody says. Buffers are outside the heap, where
  /// the JVM allows as much again as the heap; each request takes a connection to the backend, kept
  /// by each of the event loops.
  static int mostInFlight(long heapBytes, long descriptors) {
    return Math.clamp(
        Math.min(heapBytes / 4 / EXCHANGE_BYTES, descriptors / 16), 1, MOST_IN_FLIGHT);
  }

  private record Listen(String host, int port) {}

  private Listen listen(Flags flags, String name) {
    String text = flags.get(prefix + name);
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon >= 0 && port >= 0 && port < 65536) {
        String host = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        return new Listen(host.isEmpty() ? "0.0.0.0" : host, port);
      }
    } catch (NumberFormatException _) { // refused below like a number out of range
    }
    throw flags.refused(prefix + name, "HOST:PORT with a port from 0 to 65535");
  }

  private <T extends Enum<T>> T choice(Flags flags, String name, Class<T> type) {
    try {
      return Enum.valueOf(type, flags.get(prefix + name).toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException _) { // the message below says more
      var names = new StringBuilder();
      for (T constant : type.getEnumConstants()) {
        names.append(names.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
      }
      throw flags.refused(prefix + name, "one of " + names);
    }
  }
}
