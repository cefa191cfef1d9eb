package io.pharos.cli;

import io.pharos.cli.Flags.Flag;
import io.pharos.config.yaml.ConfigException;
import io.pharos.logs.AccessLines;
import io.pharos.logs.LogSettings;
import io.pharos.tap.proxy.ReloadableRoutes;
import io.pharos.tap.proxy.Tap;
import io.pharos.tap.proxy.TapOptions;
import java.io.IOException;
import java.io.PrintStream;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// `pharos tap`: a reverse proxy in front of the backend that counts what goes by (docs/tap.md).
record TapCommand(Map<String, String> environment, PrintStream out, PrintStream err) {
  /// The file of routes, which `pharos check` reads too.
  static final Flag ROUTES =
      TapFlags.ALONE.list().stream()
          .filter(flag -> flag.name().equals("routes.file"))
          .findFirst()
          .orElseThrow();

  private static final int LOOK_SECONDS = 5;

  private static final List<Flag> FLAGS =
      Stream.concat(
              TapFlags.ALONE.list().stream(),
              Stream.of(
                  new Flag("loki.url", "", "Loki's push endpoint; the lines go there too"),
                  new Flag("environment", "dev", "the label env of the lines")))
          .toList();

  static final CommandManual MANUAL =
      new CommandManual(
          "tap",
          "runs a reverse proxy in front of the backend that counts what goes by",
          "",
          """
          It counts each route's requests, durations and the code of the JSON envelope,
          gives each request an id, and writes a JSON line about it. It changes nothing
          else (docs/tap.md). Its metrics are http://METRICS-LISTEN/tap/metrics.

          SIGHUP reads the routes and certificates again, and so does a change of a file;
          no connection is dropped for it. SIGTERM lets the requests that are under way end first.
          """,
          FLAGS,
          List.of(
              new CommandManual.Exit(0, "stopped (143 by SIGTERM)"),
              new CommandManual.Exit(1, "can't listen, or a certificate can't be read"),
              new CommandManual.Exit(78, "the routes can't be read")),
          List.of(
              "pharos tap --listen=:8079 --upstream=http://127.0.0.1:8080",
              "pharos tap --routes.file=tap/routes.yml --access-log=errors"));

  int run(List<String> words) {
    Flags flags = Flags.parse(MANUAL.flags(), words, environment);
    flags.refuseArguments();
    TapSettings settings = TapFlags.ALONE.settings(flags);
    TapOptions options = settings.options();
    LogSettings logSettings = logSettings(flags);
    ReloadableRoutes routes;
    try {
      routes = new ReloadableRoutes(settings.routes());
    } catch (ConfigException e) {
      err.println(e.getMessage());
      err.println("pharos tap: not started, the file above has problems");
      return 78;
    }
    try (var log = new AccessLines(logSettings, settings.extent(), out);
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
      if (options.upstreamTls().insecureSkipVerify()) {
        err.println("pharos tap: any certificate of the backend is taken, as you said");
      }
      watch(tap, log, routes, settings.drain());
      return 0;
    } catch (IOException e) {
      err.println("pharos tap: " + e.getMessage());
      return 1;
    }
  }

  /* Until somebody ends the process. */
  private void watch(Tap tap, AccessLines log, ReloadableRoutes routes, Duration drain) {
    var asked = new Semaphore(0);
    ReloadSignal.handle(asked::release);
    var ending = new Thread(() -> leave(tap, log, drain), "tap-stop");
    Runtime.getRuntime().addShutdownHook(ending);
    try {
      while (true) {
        if (asked.tryAcquire(LOOK_SECONDS, TimeUnit.SECONDS) || tap.isOutdated(routes)) {
          reload(tap, routes);
        }
      }
    } catch (InterruptedException _) {
      // Whoever runs the command in a thread stops it so.
      Runtime.getRuntime().removeShutdownHook(ending);
    }
  }

  private void reload(Tap tap, ReloadableRoutes routes) {
    List<String> problems = tap.reload(routes);
    problems.forEach(err::println);
    err.println(
        problems.isEmpty()
            ? "pharos tap: %d routes".formatted(routes.get().patterns().size())
            : "pharos tap: what was read before holds");
  }

  private void leave(Tap tap, AccessLines log, Duration drain) {
    tap.drain(drain);
    tap.close();
    log.close();
  }

  private static LogSettings logSettings(Flags flags) {
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
}
