package io.pharos.cli.serve;

import io.pharos.access.CorsOrigin;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.TapFlags.TapSettings;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.limits.connections.Connections;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.logs.LogSettings;
import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/// The settings of `pharos serve` and `pharos demo`.
///
/// @param configFile Prometheus' configuration; empty to run the notifier alone
/// @param externalUrl the address at which people open Pharos, without a slash at the end
/// @param grafanaUrl the address at which people open Grafana, without a slash at the end; empty
///   for no links to dashboards
/// @param replicaName the name of this process among those that share the store
/// @param capture whether messages that can't be delivered go to the local mailbox: mail if
///   `QUARKUS_MAILER_HOST` is not set, chat messages if the file with their webhook is missing
/// @param messages the texts if there is no `pharos.yml`
/// @param tap a reverse proxy that runs in this process in front of the backend; empty for none
/// @param demo whether the launcher runs a demo backend beside this process
public record ServeOptions(
    Optional<Path> configFile,
    Path notificationsFile,
    Path storagePath,
    Path probesDir,
    Path dashboardsDir,
    Path gatesDir,
    Path callbacksFile,
    Path loginsFile,
    Path fleetFile,
    Path rolloutsDir,
    AccessOptions access,
    String host,
    int port,
    Connections.ConnectionLimits connections,
    URI externalUrl,
    Optional<URI> grafanaUrl,
    RemoteEngineOptions engine,
    QueryOptions query,
    Duration retention,
    Duration resendDelay,
    RuleEvaluation ruleEvaluation,
    Set<String> groupsIgnoringGaps,
    boolean remoteWriteReceiver,
    boolean otlpReceiver,
    CorsOrigin corsOrigin,
    StoreOptions store,
    String replicaName,
    String logLevel,
    LogSettings.Format logFormat,
    LokiOptions loki,
    PushPeerOptions pushPeers,
    String environment,
    boolean capture,
    MessageSettings messages,
    Optional<TapSettings> tap,
    MemoryBounds.Values limits,
    boolean demo) {

  /// Reads the words after `serve` or `demo`.
  ///
  /// @throws UsageException when a flag is unknown or has an invalid value
  public static ServeOptions parse(
      List<String> words, Map<String, String> environment, boolean demo) {
    Flags flags = Flags.parse(ServeFlags.ALL, words, environment);
    flags.refuseArguments();
    Flags.Address address = flags.address("web.listen-address");
    Path storage = Path.of(flags.get("storage.path")).toAbsolutePath().normalize();
    RemoteEngineOptions engine = RemoteEngineOptions.of(flags);
    return new ServeOptions(
        flags.path("config.file"),
        Path.of(flags.get("notifications.file")),
        storage,
        Path.of(flags.get("probes.dir")),
        Path.of(flags.get("dashboards.dir")),
        Path.of(flags.get("gates.dir")),
        Path.of(flags.get(ServeFlags.CALLBACKS.name())),
        Path.of(flags.get(ServeFlags.LOGINS.name())),
        Path.of(flags.get(ServeFlags.FLEET.name())),
        Path.of(flags.get("rollouts.dir")),
        AccessOptions.of(flags),
        address.host(),
        address.port(),
        ConnectionOptions.of(flags),
        externalUrl(flags, address),
        grafanaUrl(flags),
        engine,
        QueryOptions.of(flags, engine.url().isPresent()),
        flags.duration(ServeFlags.RETENTION.name()),
        flags.duration("rules.alert.resend-delay"),
        flags.choice(RuleEvaluation.FLAG.name(), RuleEvaluation.class),
        Set.of(flags.get("rules.ignore-gaps").split(",")),
        flags.isOn("web.enable-remote-write-receiver"),
        flags.isOn("web.enable-otlp-receiver"),
        corsOrigin(flags),
        StoreOptions.of(flags, storage),
        flags.text("replica.name").orElseGet(() -> hostName() + ":" + address.port()),
        logLevel(flags),
        logFormat(flags, environment),
        LokiOptions.of(flags),
        PushPeerOptions.of(flags),
        environmentName(flags),
        capture(flags, demo),
        texts(flags),
        TapFlags.inside(flags),
        limits(flags),
        demo);
  }

  /// Returns the address to listen on.
  public Flags.Address listenAddress() {
    return new Flags.Address(host, port);
  }

  private static boolean capture(Flags flags, boolean demo) {
    return switch (flags.get("notifications.capture")) {
      case "auto" -> demo;
      case "true" -> true;
      case "false" -> false;
      default -> throw flags.refused("notifications.capture", "true, false or auto");
    };
  }

  /// Returns the texts of messages without a `pharos.yml`.
  public static MessageSettings texts(Flags flags) {
    String name = ServeFlags.LANGUAGE.name();
    return flags
        .text(name)
        .map(_ -> flags.parsed(name, MessageSettings::pharos, "en or zh"))
        .orElse(MessageSettings.ALERTMANAGER);
  }

  private static String logLevel(Flags flags) {
    String level = flags.get("log.level").toUpperCase(Locale.ROOT);
    if (!List.of("TRACE", "DEBUG", "INFO", "WARN", "ERROR").contains(level)) {
      throw flags.refused("log.level", "TRACE, DEBUG, INFO, WARN or ERROR");
    }
    return level;
  }

  /* The launcher knows whether the standard output is a terminal; Java would have to load a
   * console for that. */
  private static LogSettings.Format logFormat(Flags flags, Map<String, String> environment) {
    boolean isTerminal = Boolean.getBoolean("pharos.terminal");
    LogSettings.Format text =
        isTerminal && environment.getOrDefault("NO_COLOR", "").isEmpty()
            ? LogSettings.Format.COLOURED
            : LogSettings.Format.TEXT;
    return switch (flags.get("log.format")) {
      case "auto" -> isTerminal ? text : LogSettings.Format.JSON;
      case "text" -> text;
      case "json" -> LogSettings.Format.JSON;
      default -> throw flags.refused("log.format", "auto, text or json");
    };
  }

  private static String environmentName(Flags flags) {
    try {
      return new LogSettings("pharos", flags.get("environment"), null).env();
    } catch (IllegalArgumentException _) { // the error below names the flag
      throw flags.refused("environment", "1 to 64 letters, digits, '_', '.' or '-'");
    }
  }

  /// Returns the limits of connections and queries that apply, by flag name.
  public Map<String, String> limitFlags() {
    var limits = new TreeMap<>(ConnectionOptions.shown(connections));
    limits.put(QueryOptions.THREADS.name(), Integer.toString(query.pool().threads()));
    limits.put(QueryOptions.WAITING.name(), Integer.toString(query.pool().waiting()));
    return limits;
  }

  private static MemoryBounds.Values limits(Flags flags) {
    var set = new EnumMap<MemoryBound, Long>(MemoryBound.class);
    for (MemoryBound bound : MemoryBound.values()) {
      if (!flags.get(bound.flag()).isEmpty()) {
        set.put(bound, flags.count(bound.flag()));
        if (flags.count(bound.flag()) < 1) {
          throw flags.refused(bound.flag(), "a whole number above 0");
        }
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

  private static String hostName() {
    try {
      return InetAddress.getLocalHost().getHostName();
    } catch (UnknownHostException _) { // other hosts can't resolve the name either
      return "localhost";
    }
  }

  /* Refuses an address with a path: the pages link to each other from the root, so most links
   * would be broken. */
  private static URI externalUrl(Flags flags, Flags.Address address) {
    Optional<URI> url = flags.url("web.external-url");
    if (url.filter(value -> !isBare(value) || !String.valueOf(value.getRawPath()).isEmpty())
        .isPresent()) {
      throw flags.refused(
          "web.external-url",
          "scheme, host and port alone, such as https://pharos.example.org (Pharos needs a host"
              + " name: a path does not work)");
    }
    String host = address.host().equals("0.0.0.0") ? "localhost" : address.host();
    return url.orElse(URI.create("http://" + host + ":" + address.port()));
  }

  private static boolean isBare(URI url) {
    return url.getHost() != null
        && url.getRawQuery() == null
        && url.getRawFragment() == null
        && url.getRawUserInfo() == null;
  }

  /* Refuses an address with a query or a fragment, because the path of a link is appended to it. */
  private static Optional<URI> grafanaUrl(Flags flags) {
    Optional<URI> url = flags.url("grafana.url");
    if (url.filter(value -> !isBare(value)).isPresent()) {
      throw flags.refused(
          "grafana.url", "scheme, host, port and path only, such as https://grafana.example.org");
    }
    return url;
  }

  /// Returns whether links in messages can be opened on this host only, because they contain
  /// `localhost` or `127.0.0.1`.
  public boolean linksOpenHereOnly() {
    String name = externalUrl.getHost();
    return name.equals("localhost") || name.startsWith("127.") || name.equals("[::1]");
  }
}
