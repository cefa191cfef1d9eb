package io.pharos.cli.serve;

import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.UsageException;
import io.pharos.config.http.SecretSource;
import io.pharos.config.http.TlsOptions;
import io.pharos.limits.connections.Connections;
import io.pharos.logs.AccessLines;
import io.pharos.tap.TapMeters;
import io.pharos.tap.proxy.ForwardedHeaders;
import io.pharos.tap.proxy.TapOptions;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/// The flags of a tap. `pharos tap` has them without a prefix. `serve` has them with the prefix
/// `tap.`; there the tap gets only a part of the process' resources by default. Invalid values
/// throw a [UsageException].
public enum TapFlags {
  ALONE(""),
  INSIDE("tap.");

  /// Bytes outside the heap for an open request: a queue and a buffer of 64 KiB in each direction.
  private static final int EXCHANGE_BYTES = 256 << 10;

  private static final int MAX_IN_FLIGHT = 4096;
  private static final int MAX_CONNECTIONS = 16_384;
  private static final int MAX_LOOPS = 4;

  private final String prefix;

  TapFlags(String prefix) {
    this.prefix = prefix;
  }

  /// Returns the flags, with their defaults and help.
  public List<Flag> list() {
    boolean alone = this == ALONE;
    List<Flag> first =
        List.of(
            alone
                ? flag("listen", "127.0.0.1:8079", "where clients connect, HOST:PORT")
                : flag(
                    "listen",
                    "",
                    "where a tap listens in this process, HOST:PORT (docs/tap.md); empty: no tap"),
            flag("tls.cert-file", "", "the certificate for clients, PEM; empty: no TLS"),
            flag("tls.key-file", "", "the key of the certificate"),
            flag("upstream", "http://127.0.0.1:8080", "the backend, http://HOST:PORT or https://…"),
            flag(
                "upstream.ca-file",
                "",
                "issuers of the backend's certificate, PEM; empty: the JDK's"),
            flag(
                "upstream.server-name",
                "",
                "the name in the backend's certificate and in SNI; empty: the backend's address"),
            flag(
                "upstream.cert-file",
                "",
                "the client certificate for the backend, PEM; empty: none"),
            flag("upstream.key-file", "", "the key of the certificate"),
            flag("upstream.insecure-skip-verify", "false", "accept any certificate of the backend"),
            flag("metrics-listen", "127.0.0.1:9097", "where the tap serves its own metrics"),
            flag("routes.file", "tap/routes.yml", "the backend's routes (docs/format/tap.md)"),
            flag(
                "threads",
                "0",
                "event loops; 0: "
                    + (alone ? "as" : "half as")
                    + " many as processors, at most 4"));
    return Stream.concat(first.stream(), limits(alone).stream()).toList();
  }

  private List<Flag> limits(boolean alone) {
    return List.of(
        flag("connect-timeout", "2s", "how long connecting to the backend may take"),
        flag(
            "response-timeout",
            "60s",
            "how long the backend may take to begin an answer; then 504"),
        flag("idle-timeout", "1h", "how long an open request may transfer nothing"),
        flag("header-timeout", "10s", "how long a client may take for a request's head"),
        flag(
            "read-timeout",
            "1m",
            "how far a body may fall behind 1 KiB/s, or how long an answer may stay unread"),
        flag("keep-alive-timeout", "5m", "how long a connection may stay open without a request"),
        flag(
            "max-connections",
            "",
            "maximum number of client connections; empty: %s of the file descriptors, at most 16384"
                .formatted(alone ? "half" : "an eighth")),
        alone
            ? flag(
                "max-in-flight", "4096", "maximum number of requests at once; further ones get 503")
            : flag(
                "max-in-flight",
                "",
                "maximum number of requests at once; further ones get 503. Empty: the number that fits"
                    + " into 1/4 of the heap (256 KiB each) and 1/16 of the file descriptors, at most"
                    + " 4096"),
        flag(
            "max-header-bytes",
            "65536",
            "maximum bytes of a request's headers; larger ones get 431"),
        flag("max-series", "" + TapMeters.DEFAULT_SERIES, "maximum number of label sets"),
        flag(
            "forwarded",
            "append",
            "X-Forwarded-For, -Proto and -Host: append, replace or keep what the client sent"),
        flag("access-log", "all", "which requests are logged: all, errors or off"),
        flag("drain", "10s", "how long SIGTERM waits for open requests"));
  }

  private Flag flag(String name, String value, String help) {
    return new Flag(prefix + name, value, help);
  }

  /// Returns the settings of the tap inside `serve`; empty if `--tap.listen` is not set. Without
  /// it, other flags of the tap are refused.
  static Optional<TapSettings> inside(Flags flags) {
    String listen = INSIDE.prefix + "listen";
    if (!flags.get(listen).isEmpty()) {
      return Optional.of(INSIDE.settings(flags));
    }
    for (Flag flag : INSIDE.list()) {
      if (!flags.get(flag.name()).equals(flag.defaultValue())) {
        throw new UsageException(
            "--%s is set, but no tap runs: set --%s".formatted(flag.name(), listen));
      }
    }
    return Optional.empty();
  }

  TapSettings settings(Flags flags) {
    return new TapSettings(
        options(flags),
        Path.of(flags.get(prefix + "routes.file")),
        flags.choice(prefix + "access-log", AccessLines.Extent.class),
        flags.duration(prefix + "drain"));
  }

  /// Returns the options of the proxy.
  public TapOptions options(Flags flags) {
    Flags.Address listen = flags.address(prefix + "listen");
    Flags.Address metrics = flags.address(prefix + "metrics-listen");
    int loops = flags.integer(prefix + "threads");
    URI upstream =
        flags.parsed(
            prefix + "upstream",
            text -> {
              URI uri = URI.create(text);
              TapOptions.local(uri);
              return uri;
            },
            "http://HOST:PORT or https://HOST:PORT");
    long memory = Runtime.getRuntime().maxMemory();
    long descriptors = ConnectionOptions.descriptors();
    try {
      return new TapOptions(
          listen.bareHost(),
          listen.port(),
          tls(flags, "tls.", SecretSource.unset(), "", false),
          upstream,
          tls(
              flags,
              "upstream.",
              source(flags, "upstream.ca-file"),
              flags.get(prefix + "upstream.server-name"),
              flags.isOn(prefix + "upstream.insecure-skip-verify")),
          metrics.bareHost(),
          metrics.port(),
          loops == 0 ? loops() : loops,
          flags.duration(prefix + "connect-timeout"),
          flags.duration(prefix + "response-timeout"),
          flags.duration(prefix + "idle-timeout"),
          TapOptions.limits(
              number(flags, "max-connections", maxConnections(descriptors)),
              reserve(flags, descriptors),
              flags.positive(prefix + "header-timeout"),
              flags.positive(prefix + "read-timeout"),
              flags.positive(prefix + "keep-alive-timeout")),
          number(flags, "max-in-flight", maxInFlight(memory, descriptors)),
          flags.integer(prefix + "max-header-bytes"),
          flags.integer(prefix + "max-series"),
          flags.choice(prefix + "forwarded", ForwardedHeaders.class));
    } catch (IllegalArgumentException e) {
      throw new UsageException((prefix.isEmpty() ? "" : "--" + prefix + "…: ") + e.getMessage());
    }
  }

  private TlsOptions tls(
      Flags flags, String part, SecretSource ca, String serverName, boolean insecure) {
    SecretSource cert = source(flags, part + "cert-file");
    SecretSource key = source(flags, part + "key-file");
    return new TlsOptions(ca, cert, key, serverName, insecure, null, null);
  }

  private SecretSource source(Flags flags, String name) {
    return flags.path(prefix + name).map(SecretSource::fromFile).orElse(SecretSource.unset());
  }

  private int number(Flags flags, String name, int defaultValue) {
    return flags.get(prefix + name).isEmpty() ? defaultValue : flags.integer(prefix + name);
  }

  /* Inside serve, all connections leave the same descriptors free. */
  private int reserve(Flags flags, long descriptors) {
    return this == INSIDE
        ? ConnectionOptions.of(flags).reserve()
        : Connections.ConnectionLimits.defaultReserve(descriptors);
  }

  /* Inside serve, the tap uses at most half of the processors: the others are for scrapes, rules
   * and messages. */
  private int loops() {
    int processors = Runtime.getRuntime().availableProcessors();
    return Math.clamp(this == INSIDE ? processors / 2 : processors, 1, MAX_LOOPS);
  }

  /// Returns the default of the maximum number of client connections.
  int maxConnections(long descriptors) {
    return Math.clamp(descriptors / (this == INSIDE ? 8 : 2), 1, MAX_CONNECTIONS);
  }

  /// Returns the default of the maximum number of open requests. Their buffers are outside the
  /// heap; the JVM allows as much memory there as the heap has. Each request also uses a connection
  /// to the backend, which the event loop keeps open for later requests.
  static int maxInFlight(long heapBytes, long descriptors) {
    return Math.clamp(Math.min(heapBytes / 4 / EXCHANGE_BYTES, descriptors / 16), 1, MAX_IN_FLIGHT);
  }

  /// The settings of a tap.
  public record TapSettings(
      TapOptions options, Path routes, AccessLines.Extent extent, Duration drain) {}
}
