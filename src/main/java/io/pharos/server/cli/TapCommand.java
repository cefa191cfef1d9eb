package io.pharos.server.cli;

import io.pharos.config.yaml.ConfigException;
import io.pharos.server.cli.Flags.Flag;
import io.pharos.server.logs.AccessLines;
import io.pharos.server.logs.LogSettings;
import io.pharos.server.tap.ForwardedHeaders;
import io.pharos.server.tap.LiveRoutes;
import io.pharos.server.tap.Tap;
import io.pharos.server.tap.TapOptions;
import io.pharos.tap.TapMeters;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/// `pharos tap`: a reverse proxy in front of the backend that counts what goes by (docs/tap.md).
record TapCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /// The file of routes, which `pharos check` reads too.
  static final Flag ROUTES =
      new Flag("routes.file", "tap/routes.yml", "the backend's routes (docs/format/tap.md)");

  private static final int LOOK_SECONDS = 5;
  private static final Duration LOOK_AT_REST = Duration.ofMillis(50);

  static final Manual MANUAL =
      new Manual(
          "tap",
          "runs a reverse proxy in front of the backend that counts what goes by",
          "",
          """
          It counts each route's requests, durations and the code of the JSON envelope,
          gives each request an id, and writes a JSON line about it. It changes nothing
          else (docs/tap.md). Its metrics are http://METRICS-LISTEN/tap/metrics.

          SIGHUP reads the routes again, and so does a change of the file; no connection
          is dropped for it. SIGTERM lets the requests that are under way end first.
          """,
          List.of(
              new Flag("listen", "127.0.0.1:8079", "where clients come, HOST:PORT"),
              new Flag("upstream", "http://127.0.0.1:8080", "the backend, http://HOST:PORT"),
              new Flag("metrics-listen", "127.0.0.1:9097", "where its own metrics are"),
              ROUTES,
              new Flag("threads", "0", "event loops; 0: as many as processors, 4 at most"),
              new Flag("connect-timeout", "2s", "for a connection to the backend"),
              new Flag("response-timeout", "60s", "until an answer begins; 504 then"),
              new Flag("idle-timeout", "1h", "how long a connection may be silent"),
              new Flag("max-in-flight", "4096", "most requests at once; 503 beyond"),
              new Flag("max-header-bytes", "65536", "of a request's headers; 431 beyond"),
              new Flag(
                  "max-series",
                  Integer.toString(TapMeters.DEFAULT_SERIES),
                  "most label sets of its metrics"),
              new Flag(
                  "forwarded",
                  "append",
                  "X-Forwarded-For, -Proto and -Host: append, replace or keep what came"),
              new Flag("access-log", "all", "which requests get a line: all, errors or off"),
              new Flag("loki.url", "", "Loki's push endpoint; the lines go there too"),
              new Flag("environment", "dev", "the label env of the lines"),
              new Flag("drain", "10s", "how long a stop waits for what is under way")),
          List.of(
              new Manual.Exit(0, "stopped"),
              new Manual.Exit(1, "can't listen"),
              new Manual.Exit(78, "the routes can't be read")),
          List.of(
              "pharos tap --listen=:8079 --upstream=http://127.0.0.1:8080",
              "pharos tap --routes.file=tap/routes.yml --access-log=errors"));

  int run(List<String> words) {
    Flags flags = Flags.parse(MANUAL.flags(), words, environment);
    flags.refuseArguments();
    TapOptions options = options(flags);
    AccessLines.Extent extent = choice(flags, "access-log", AccessLines.Extent.class);
    LogSettings settings = settings(flags);
    Duration drain = flags.duration("drain");
    LiveRoutes routes;
    try {
      routes = new LiveRoutes(Path.of(flags.get(ROUTES.name())));
    } catch (ConfigException e) {
      err.println(e.getMessage());
      err.println("pharos tap: not started, the file above has problems");
      return 78;
    }
    try (var log = new AccessLines(settings, extent, out);
        Tap tap = Tap.start(options, routes, log, InstantSource.system())) {
      err.println(
          "pharos tap: %s:%d in front of %s, %d routes, metrics on http://%s:%d/tap/metrics"
              .formatted(
                  options.host(),
                  tap.port(),
                  options.upstream(),
                  routes.get().patterns().size(),
                  options.metricsHost(),
                  tap.metricsPort()));
      watch(tap, routes, drain);
      return 0;
    } catch (IOException e) {
      err.println("pharos tap: " + e.getMessage());
      return 1;
    }
  }

  /* Until somebody ends the process. */
  private void watch(Tap tap, LiveRoutes routes, Duration drain) {
    var asked = new Semaphore(0);
    Hangup.handle(asked::release);
    var ending = new Thread(() -> leave(tap, drain), "tap-stop");
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      while (true) {
        if (asked.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS) || routes.hasChanged()) {
          reload(tap, routes);
        }
      }
    } catch (InterruptedException _) {
      // Whoever runs the command in a thread stops it so.
      Runtime.getRuntime().removeShutdownHook(ending);
    }
  }

  private void reload(Tap tap, LiveRoutes routes) {
    Optional<ConfigException> problem = routes.reload();
    tap.meters().routesRead(problem.isEmpty());
    err.println(
        problem
            .map(it -> it.getMessage() + "\npharos tap: the routes from before hold")
            .orElse("pharos tap: %d routes".formatted(routes.get().patterns().size())));
  }

  private void leave(Tap tap, Duration drain) {
    tap.leave();
    long end = System.nanoTime() + drain.toNanos();
    try {
      while (tap.inFlight() > 0 && System.nanoTime() < end) {
        Thread.sleep(LOOK_AT_REST);
      }
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
    }
    tap.close();
  }

  private static LogSettings settings(Flags flags) {
    try {
      String url = flags.get("loki.url");
      return new LogSettings(
          "remotegpu-tap",
          flags.get("environment"),
          url.isEmpty() ? null : LogSettings.Loki.at(URI.create(url)));
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  static TapOptions options(Flags flags) {
    Listen listen = listen(flags, "listen");
    Listen metrics = listen(flags, "metrics-listen");
    int loops = flags.integer("threads");
    URI upstream;
    try {
      upstream = URI.create(flags.get("upstream"));
    } catch (IllegalArgumentException _) { // the message below says more
      throw flags.refused("upstream", "http://HOST:PORT");
    }
    ForwardedHeaders forwarded = choice(flags, "forwarded", ForwardedHeaders.class);
    TapOptions local;
    try {
      local = TapOptions.local(upstream);
    } catch (IllegalArgumentException _) { // it is the only thing given there
      throw flags.refused("upstream", "http://HOST:PORT");
    }
    try {
      return new TapOptions(
          listen.host(),
          listen.port(),
          upstream,
          metrics.host(),
          metrics.port(),
          loops == 0 ? local.loops() : loops,
          flags.duration("connect-timeout"),
          flags.duration("response-timeout"),
          flags.duration("idle-timeout"),
          flags.integer("max-in-flight"),
          flags.integer("max-header-bytes"),
          flags.integer("max-series"),
          forwarded);
    } catch (IllegalArgumentException e) {
      throw new UsageException(String.valueOf(e.getMessage()));
    }
  }

  private record Listen(String host, int port) {}

  private static Listen listen(Flags flags, String name) {
    String text = flags.get(name);
    int colon = text.lastIndexOf(':');
    try {
      int port = Integer.parseInt(text.substring(colon + 1));
      if (colon >= 0 && port >= 0 && port < 65536) {
        String host = text.substring(0, colon).replaceAll("^\\[(.*)]$", "$1");
        return new Listen(host.isEmpty() ? "0.0.0.0" : host, port);
      }
    } catch (NumberFormatException _) { // refused below like a number out of range
    }
    throw flags.refused(name, "HOST:PORT with a port from 0 to 65535");
  }

  private static <T extends Enum<T>> T choice(Flags flags, String name, Class<T> type) {
    try {
      return Enum.valueOf(type, flags.get(name).toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException _) { // the message below says more
      var names = new StringBuilder();
      for (T constant : type.getEnumConstants()) {
        names.append(names.isEmpty() ? "" : ", ").append(constant.name().toLowerCase(Locale.ROOT));
      }
      throw flags.refused(name, "one of " + names);
    }
  }
}
