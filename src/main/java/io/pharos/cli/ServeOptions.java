package io.pharos.cli;

import static java.util.Objects.requireNonNull;

import io.pharos.access.CorsOrigin;
import io.pharos.callback.CallbackFile;
import io.pharos.cli.Flags.Flag;
import io.pharos.ingest.fleet.FleetFile;
import io.pharos.ingest.login.LoginFile;
import io.pharos.limits.connections.ConnectionLimits;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.limits.work.WorkPool;
import io.pharos.promql.engine.Feature;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;

/// What `pharos serve` and `pharos demo` were told.
///
/// @param configFile Prometheus' configuration; empty when only the notifier runs
/// @param engineUrl where a remote engine answers; empty for the embedded one
/// @param engineWriteUrl where the results of rules go besides the local store; empty for the
///   embedded engine and for `none`
/// @param engineTokenFile a file with the bearer token for both; empty for none
/// @param engineTimeout how long a remote engine may take for one answer
/// @param externalUrl how people reach this Pharos, without a slash at the end
/// @param grafanaUrl how people reach Grafana, without a slash at the end; empty: no links to its
///   dashboards
/// @param remoteWriteReceiver whether `/api/v1/write` accepts samples
/// @param otlpReceiver whether `/api/v1/otlp/v1/metrics` accepts metrics
/// @param features the experimental parts of PromQL that are switched on
/// @param replicaName what this process is called among those that share the store
/// @param capture whether messages that have no way out are kept in the local mailbox: mail without
///   `QUARKUS_MAILER_HOST`, chat without the file that holds its webhook
/// @param tap a reverse proxy in front of the backend, in the same process; empty: none
/// @param limits the bounds of memory
public record ServeOptions(
    Optional<Path> configFile,
    Path notificationsFile,
    Path storagePath,
    Path probesDir,
    Path gatesDir,
    Path callbacksFile,
    Path loginsFile,
    Path fleetFile,
    Path rolloutsDir,
    AccessOptions access,
    String host,
    int port,
    ConnectionLimits connections,
    URI externalUrl,
    Optional<URI> grafanaUrl,
    Optional<URI> engineUrl,
    Optional<URI> engineWriteUrl,
    Optional<Path> engineTokenFile,
    Duration engineTimeout,
    Duration retention,
    Duration lookback,
    Duration queryTimeout,
    int queryMaxSamples,
    Set<Feature> features,
    WorkPool.Size queryPool,
    Duration resendDelay,
    RuleEvaluation ruleEvaluation,
    boolean remoteWriteReceiver,
    boolean otlpReceiver,
    CorsOrigin corsOrigin,
    StoreOptions store,
    String replicaName,
    String logLevel,
    LokiOptions loki,
    PushPeerOptions pushPeers,
    String environment,
    boolean capture,
    Optional<TapSettings> tap,
    MemoryBounds.Values limits,
    boolean demo) {

  /// The flag that switches experimental parts of PromQL on.
  static final Flag FEATURES =
      new Flag("enable-feature", "", "experimental PromQL, by Prometheus' names, with commas");

  /// How long samples are kept; the lint of rules asks for it too.
  static final Flag RETENTION = new Flag("storage.retention", "15d", "how long samples are kept");

  /// Who else is told of releases; `check` reads it too.
  static final Flag CALLBACKS =
      new Flag(
          "callbacks.file",
          CallbackFile.DEFAULT_PATH,
          "who is told of releases: Grafana, GitHub, GitLab; empty, or not there: nobody");

  /// Where scrapes log in; `check` reads it too.
  static final Flag LOGINS =
      new Flag(
          "logins.file",
          LoginFile.USUAL,
          "where tokens of scrapes are had by logging in; empty, or not there: nowhere");

  /// Where heartbeats of agents are read; `check` reads it too.
  static final Flag FLEET =
      new Flag(
          "fleet.file",
          FleetFile.USUAL,
          "where heartbeats of agents are read; empty, or not there: nowhere");

  static final Flag QUERY_THREADS =
      new Flag(
          "query.max-concurrency",
          "",
          "how many queries may run at once, those of rules aside; empty: two for each processor, at"
              + " least 4, and 20 with a remote engine");

  static final Flag QUERY_WAITING =
      new Flag(
          "query.max-waiting",
          "128",
          "how many further queries may wait, within --query.timeout; more get a 503");

  private static final List<CommandManual.Exit> EXITS =
      List.of(
          new CommandManual.Exit(0, "stopped as it was asked to"),
          new CommandManual.Exit(1, "ended by an error, which the log tells"),
          new CommandManual.Exit(78, "not started: a versioned file has problems, each on stderr"));

  /// The flags of `serve`; `demo` has the same.
  public static final List<Flag> FLAGS =
      flags(
          new Flag(
              "config.file",
              "prometheus/prometheus.yml",
              "Prometheus configuration; empty: notifier only"),
          new Flag(
              "notifications.file", "notifications/alertmanager.yml", "Alertmanager configuration"),
          new Flag("storage.path", "data", "folder for samples, the store and the mailbox"),
          RETENTION,
          new Flag("probes.dir", "probes", "folder of probe files; empty: none"),
          PushPeerOptions.FLAGS.getFirst(),
          PushPeerOptions.FLAGS.getLast(),
          new Flag("gates.dir", "gates", "folder of gate policies; empty: none"),
          CALLBACKS,
          LOGINS,
          FLEET,
          new Flag("rollouts.dir", "deploy/rollouts", "folder of rollout policies; empty: none"),
          AccessOptions.TOKENS_FILE,
          AccessOptions.READ,
          AccessOptions.TRUSTED_PROXIES,
          AccessOptions.LINK_KEY_FILE,
          new Flag("web.listen-address", "127.0.0.1:9095", "address and port to listen on"),
          ConnectionOptions.MOST,
          ConnectionOptions.RESERVE,
          ConnectionOptions.HEAD,
          ConnectionOptions.READ,
          ConnectionOptions.IDLE,
          new Flag(
              "web.external-url",
              "",
              "how readers of messages reach this Pharos, without a path; empty: http://<listen address>"),
          new Flag(
              "grafana.url",
              "",
              "how readers of messages reach the Grafana of the dashboards; empty: messages link none"),
          new Flag("engine", "embedded", "embedded, or remote with --engine.url"),
          new Flag("engine.url", "", "a Prometheus-compatible server that evaluates the rules"),
          new Flag(
              "engine.write-url",
              "",
              "where results of rules go by remote write; empty: <engine.url>/api/v1/write; none: nowhere"),
          new Flag(
              "engine.token-file", "", "a file with the bearer token for the server; empty: none"),
          new Flag("engine.timeout", "30s", "how long a remote engine may take for one answer"),
          new Flag("query.lookback-delta", "5m", "how old a sample may be and still count as now"),
          new Flag("query.timeout", "2m", "how long one query may take"),
          new Flag("query.max-samples", "50000000", "how many samples one query may hold"),
          FEATURES,
          QUERY_THREADS,
          QUERY_WAITING,
          new Flag("rules.alert.resend-delay", "1m", "how often a firing alert is sent again"),
          RuleEvaluation.FLAG,
          new Flag(
              "web.enable-remote-write-receiver",
              "false",
              "accept samples at /api/v1/write, from those who may write"),
          new Flag(
              "web.enable-otlp-receiver",
              "false",
              "accept metrics by OTLP at /api/v1/otlp/v1/metrics, from those who may write"),
          new Flag(
              "web.cors.origin",
              ".*",
              "regular expression of the sites whose scripts may read Prometheus' API"),
          StoreOptions.STORE,
          StoreOptions.URL,
          StoreOptions.USER,
          StoreOptions.PASSWORD,
          new Flag(
              "replica.name",
              "",
              "this process among those on one PostgreSQL; empty: host name and port"),
          new Flag("log.level", "INFO", "TRACE, DEBUG, INFO, WARN or ERROR"),
          LokiOptions.FLAGS.get(0),
          LokiOptions.FLAGS.get(1),
          LokiOptions.FLAGS.get(2),
          LokiOptions.FLAGS.get(3),
          new Flag("environment", "dev", "the label env of logs"),
          new Flag(
              "notifications.capture",
              "auto",
              "keep messages that have no way out in the local mailbox: true, false, auto (in the demo)"));

  /// Those, the ones of a tap, and one for each bound of memory.
  private static List<Flag> flags(Flag... own) {
    Stream<Flag> limits =
        Arrays.stream(MemoryBound.values())
            .map(it -> new Flag(it.flag(), "", it.text() + "; empty: " + it.origin()));
    return Stream.of(Arrays.stream(own), TapFlags.INSIDE.list().stream(), limits)
        .flatMap(flags -> flags)
        .toList();
  }

  static final CommandManual MANUAL =
      new CommandManual(
          "serve",
          "runs the service until it is stopped",
          "",
          """
          It reads the versioned files once and refuses to start where one can't be
          read; SIGHUP or POST /-/reload reads them again. Mail leaves by the host in
          QUARKUS_MAILER_HOST (QUARKUS_MAILER_PORT, _USERNAME, _PASSWORD).
          """,
          FLAGS,
          EXITS,
          List.of(
              "pharos serve --web.listen-address=:9095 --web.external-url=https://pharos.example.org",
              "PHAROS_STORAGE_PATH=/var/lib/pharos pharos serve --storage.retention=30d"));

  static final CommandManual DEMO_MANUAL =
      new CommandManual(
          "demo",
          "runs the service with a demo backend beside it",
          "",
          """
          As serve; messages that have no way out are kept in the local mailbox.
          """,
          FLAGS,
          EXITS,
          List.of("pharos demo", "pharos demo --web.listen-address=127.0.0.1:9096"));

  static final CommandManual TRAIN_MANUAL =
      new CommandManual(
          "train",
          "runs the service for a few seconds, for the JVM to learn how to start faster",
          "",
          """
          The launcher calls it after a build and keeps what the JVM wrote down.
          """,
          FLAGS,
          EXITS,
          List.of("pharos train"));

  public ServeOptions {
    requireNonNull(configFile, "configFile is null");
    requireNonNull(notificationsFile, "notificationsFile is null");
    requireNonNull(storagePath, "storagePath is null");
    requireNonNull(corsOrigin, "corsOrigin is null");
    requireNonNull(access, "access is null");
    requireNonNull(externalUrl, "externalUrl is null");
    requireNonNull(grafanaUrl, "grafanaUrl is null");
    requireNonNull(engineUrl, "engineUrl is null");
    requireNonNull(engineWriteUrl, "engineWriteUrl is null");
    requireNonNull(engineTokenFile, "engineTokenFile is null");
    requireNonNull(engineTimeout, "engineTimeout is null");
    requireNonNull(loki, "loki is null");
    requireNonNull(pushPeers, "pushPeers is null");
    requireNonNull(connections, "connections is null");
    requireNonNull(queryPool, "queryPool is null");
    requireNonNull(tap, "tap is null");
    requireNonNull(limits, "limits is null");
    features = Set.copyOf(features);
  }

  /// Reads the words behind `serve` or `demo`.
  ///
  /// @throws UsageException when a flag is unknown or has a value that can't be
  public static ServeOptions parse(
      List<String> words, Map<String, String> environment, boolean demo) {
    Flags flags = Flags.parse(FLAGS, words, environment);
    flags.refuseArguments();
    String address = flags.get("web.listen-address");
    int colon = address.lastIndexOf(':');
    int port = colon < 0 ? -1 : port(flags, address.substring(colon + 1));
    if (colon < 0) {
      throw flags.refused("web.listen-address", "HOST:PORT");
    }
    String host = colon == 0 ? "0.0.0.0" : address.substring(0, colon);
    String shownHost = host.equals("0.0.0.0") ? "localhost" : host;
    Path storage = Path.of(flags.get("storage.path")).toAbsolutePath().normalize();
    boolean remote =
        switch (flags.get("engine")) {
          case "embedded" -> false;
          case "remote" -> true;
          default -> throw flags.refused("engine", "embedded or remote");
        };
    if (remote && flags.get("engine.url").isEmpty()) {
      throw new UsageException("--engine=remote needs --engine.url, the address of the server");
    }
    if (!remote && !flags.get("engine.url").isEmpty()) {
      throw new UsageException(
          "--engine.url is set, but --engine is embedded: set --engine=remote");
    }
    boolean capture =
        switch (flags.get("notifications.capture")) {
          case "auto" -> demo;
          case "true" -> true;
          case "false" -> false;
          default -> throw flags.refused("notifications.capture", "true, false or auto");
        };
    return new ServeOptions(
        flags.path("config.file"),
        Path.of(flags.get("notifications.file")),
        storage,
        Path.of(flags.get("probes.dir")),
        Path.of(flags.get("gates.dir")),
        Path.of(flags.get(CALLBACKS.name())),
        Path.of(flags.get(LOGINS.name())),
        Path.of(flags.get(FLEET.name())),
        Path.of(flags.get("rollouts.dir")),
        AccessOptions.of(flags),
        host,
        port,
        ConnectionOptions.of(flags),
        externalUrl(flags).orElse(URI.create("http://" + shownHost + ":" + port)),
        grafanaUrl(flags),
        uri(flags, "engine.url"),
        engineWriteUrl(flags),
        engineTokenFile(flags, remote),
        flags.duration("engine.timeout"),
        flags.duration(RETENTION.name()),
        flags.duration("query.lookback-delta"),
        flags.duration("query.timeout"),
        flags.integer("query.max-samples"),
        features(flags),
        queryPool(flags, remote),
        flags.duration("rules.alert.resend-delay"),
        RuleEvaluation.of(flags),
        flags.isOn("web.enable-remote-write-receiver"),
        flags.isOn("web.enable-otlp-receiver"),
        corsOrigin(flags),
        StoreOptions.of(flags, storage),
        flags.get("replica.name").isEmpty() ? hostName() + ":" + port : flags.get("replica.name"),
        flags.get("log.level"),
        LokiOptions.of(flags),
        PushPeerOptions.of(flags),
        flags.get("environment"),
        capture,
        TapFlags.INSIDE.isWanted(flags)
            ? Optional.of(TapFlags.INSIDE.settings(flags))
            : Optional.empty(),
        limits(flags),
        demo);
  }

  /// How many queries of one kind run at once where nobody says: more than there are processors, so
  /// that a short one gets its share beside long ones.
  public static int queryThreads() {
    return Math.max(4, 2 * Runtime.getRuntime().availableProcessors());
  }

  private static WorkPool.Size queryPool(Flags flags, boolean remote) {
    boolean derived = flags.get(QUERY_THREADS.name()).isEmpty();
    // A remote engine's answers are waited for, which takes no processor.
    int threads = derived ? remote ? 20 : queryThreads() : positive(flags, QUERY_THREADS.name());
    return new WorkPool.Size(threads, positive(flags, QUERY_WAITING.name()));
  }

  private static int positive(Flags flags, String name) {
    int value = flags.integer(name);
    if (value < 1) {
      throw flags.refused(name, "a whole number from 1 on");
    }
    return value;
  }

  /// The limits of connections and queries, as the flags that would set them.
  public Map<String, String> limitFlags() {
    var limits = new TreeMap<>(ConnectionOptions.shown(connections));
    limits.put(QUERY_THREADS.name(), Integer.toString(queryPool.threads()));
    limits.put(QUERY_WAITING.name(), Integer.toString(queryPool.waiting()));
    return limits;
  }

  private static MemoryBounds.Values limits(Flags flags) {
    var set = new EnumMap<MemoryBound, Long>(MemoryBound.class);
    for (MemoryBound budget : MemoryBound.values()) {
      if (!flags.get(budget.flag()).isEmpty()) {
        long value = flags.count(budget.flag());
        if (value < 1) {
          throw flags.refused(budget.flag(), "a whole number above 0");
        }
        set.put(budget, value);
      }
    }
    return new MemoryBounds.Values(Runtime.getRuntime().maxMemory(), set);
  }

  private static CorsOrigin corsOrigin(Flags flags) {
    try {
      return CorsOrigin.of(flags.get("web.cors.origin"));
    } catch (IllegalArgumentException e) {
      throw flags.refused("web.cors.origin", "a regular expression (" + e.getMessage() + ")");
    }
  }

  /// The features that the flag switches on.
  ///
  /// @throws UsageException when it names an unknown one
  static Set<Feature> features(Flags flags) {
    try {
      return Feature.parse(flags.get(FEATURES.name()));
    } catch (IllegalArgumentException e) {
      throw new UsageException("--" + FEATURES.name() + ": " + e.getMessage());
    }
  }

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) { // a host that does not know itself has no peers by name
      return "localhost";
    }
  }

  private static int port(Flags flags, String text) {
    try {
      int port = Integer.parseInt(text);
      if (port >= 0 && port < 65536) {
        return port;
      }
    } catch (NumberFormatException _) { // refused below like a number out of range
    }
    throw flags.refused("web.listen-address", "HOST:PORT with a port from 0 to 65535");
  }

  /* The pages link to each other from the root, so a path in front of them would break most links
   * of messages and pages without a word. */
  private static Optional<URI> externalUrl(Flags flags) {
    Optional<URI> url = uri(flags, "web.external-url");
    boolean bare =
        url.isEmpty()
            || (String.valueOf(url.get().getRawPath()).isEmpty()
                && url.get().getHost() != null
                && url.get().getRawQuery() == null
                && url.get().getRawFragment() == null
                && url.get().getRawUserInfo() == null);
    if (!bare) {
      throw flags.refused(
          "web.external-url",
          "scheme, host and port alone, such as https://pharos.example.org (Pharos needs a host"
              + " name of its own: it can't live under a path)");
    }
    return url;
  }

  /* A path is appended to it, so nothing may come behind its own. */
  private static Optional<URI> grafanaUrl(Flags flags) {
    Optional<URI> url = uri(flags, "grafana.url");
    if (url.isPresent()
        && (url.get().getHost() == null
            || url.get().getRawQuery() != null
            || url.get().getRawFragment() != null
            || url.get().getRawUserInfo() != null)) {
      throw flags.refused(
          "grafana.url", "scheme, host, port and path alone, such as https://grafana.example.org");
    }
    return url;
  }

  /// Whether the links of messages open on this host only, because they begin with one of its names
  /// for itself.
  public boolean linksOpenHereOnly() {
    String name = externalUrl.getHost();
    return name.equals("localhost") || name.startsWith("127.") || name.equals("[::1]");
  }

  private static Optional<URI> engineWriteUrl(Flags flags) {
    return switch (flags.get("engine.write-url")) {
      case "" -> uri(flags, "engine.url").map(url -> URI.create(url + "/api/v1/write"));
      case "none" -> Optional.empty();
      default -> uri(flags, "engine.write-url");
    };
  }

  private static Optional<Path> engineTokenFile(Flags flags, boolean remote) {
    Optional<Path> file = flags.path("engine.token-file");
    if (!remote && file.isPresent()) {
      throw new UsageException(
          "--engine.token-file is set, but --engine is embedded: set --engine=remote");
    }
    return file;
  }

  static Optional<URI> uri(Flags flags, String name) {
    String text = flags.get(name);
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      URI uri = URI.create(text.endsWith("/") ? text.substring(0, text.length() - 1) : text);
      if ("http".equals(uri.getScheme()) || "https".equals(uri.getScheme())) {
        return Optional.of(uri);
      }
    } catch (IllegalArgumentException _) { // refused below like a URL of another scheme
    }
    throw flags.refused(name, "an http or https URL");
  }
}
