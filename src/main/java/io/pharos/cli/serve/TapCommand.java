package io.pharos.cli.serve;

import io.pharos.cli.command.Command;
import io.pharos.cli.command.CommandManual;
import io.pharos.cli.command.Flags;
import io.pharos.cli.command.Flags.Flag;
import io.pharos.cli.command.ReloadSignal;
import io.pharos.cli.command.UsageException;
import io.pharos.cli.serve.TapFlags.TapSettings;
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
import java.util.stream.Stream;

/// `pharos tap`: a reverse proxy in front of the backend that measures requests (docs/tap.md).
public record TapCommand(Map<String, String> environment, PrintStream out, PrintStream err)
    implements Command {
  /// The file with the routes of the tap. `check` reads it too.
  public static final Flag ROUTES =
      TapFlags.ALONE.list().stream()
          .filter(flag -> flag.name().equals("routes.file"))
          .findFirst()
          .orElseThrow();

  /// How often the files of routes and certificates are checked for changes.
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);

  private static final List<Flag> FLAGS =
      Stream.concat(
              TapFlags.ALONE.list().stream(),
              Stream.of(
                  new Flag("loki.url", "", "Loki's push endpoint for log lines; empty: none"),
                  new Flag("environment", "dev", "label env of log lines")))
          .toList();

  public static final CommandManual MANUAL =
      new CommandManual(
          "tap",
          "runs a reverse proxy in front of the backend that measures each request",
          "",
          """
          It counts requests, durations and envelope codes per route, gives each request an
          id and logs it as a line of JSON. It changes nothing else (docs/tap.md). Its
          metrics are at http://METRICS-LISTEN/tap/metrics.

          SIGHUP, or a change of the files, reads routes and certificates again without
          dropping connections. SIGTERM waits for open requests, at most --drain.
          """,
          FLAGS,
          List.of(
              "0 stopped (143 by SIGTERM)",
              "1 the port is taken, or a certificate is unreadable",
              "78 the file of routes is invalid"),
          List.of(
              "pharos tap --listen=:8079 --upstream=http://127.0.0.1:8080",
              "pharos tap --routes.file=tap/routes.yml --access-log=errors"));

  @Override
  public int run(List<String> words) {
    Flags flags = MANUAL.parse(words, environment);
    TapSettings settings = TapFlags.ALONE.settings(flags);
    TapOptions options = settings.options();
    LogSettings logSettings = logSettings(flags);
    ReloadableRoutes routes;
    try {
      routes = new ReloadableRoutes(settings.routes());
    } catch (ConfigException e) {
      err.println(e.getMessage());
      err.println("pharos tap: not started; fix the file above");
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
        err.println(
            "pharos tap: any certificate of the backend is accepted (--upstream.insecure-skip-verify)");
      }
      ReloadSignal.watch(
          CHECK_INTERVAL,
          () -> stop(tap, log, settings.drain()),
          isSignalled -> {
            if (isSignalled || tap.isOutdated(routes)) {
              reload(tap, routes);
            }
          });
      return 0;
    } catch (IOException e) {
      err.println("pharos tap: " + e.getMessage());
      return 1;
    }
  }

  private void reload(Tap tap, ReloadableRoutes routes) {
    List<String> problems = tap.reload(routes);
    problems.forEach(err::println);
    err.println(
        problems.isEmpty()
            ? "pharos tap: %d routes".formatted(routes.get().patterns().size())
            : "pharos tap: the previous routes and certificates stay in use");
  }

  private void stop(Tap tap, AccessLines log, Duration drain) {
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
