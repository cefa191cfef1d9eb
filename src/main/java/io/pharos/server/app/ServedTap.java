package io.pharos.server.app;

import io.pharos.cli.serve.TapFlags.TapSettings;
import io.pharos.logs.AccessLines;
import io.pharos.logs.LogSettings;
import io.pharos.tap.proxy.ReloadableRoutes;
import io.pharos.tap.proxy.Tap;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The tap inside the service's process. It has its own threads, connections and log, so it works
/// even while the rest of the service has troubles. Thread-safe.
record ServedTap(TapSettings settings, ReloadableRoutes routes, AccessLines log, Tap tap)
    implements AutoCloseable {
  /// Time between two checks for changed files.
  static final Duration INTERVAL = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ServedTap.class);

  /// Opens the ports of the tap.
  ///
  /// @param output receives the access log, which is also sent to Loki; is not closed
  /// @throws ConfigException if the routes are invalid
  /// @throws ConfigurationException if an address can't be bound or a certificate can't be read
  static ServedTap start(
      TapSettings settings, LogSettings logs, OutputStream output, InstantSource clock) {
    var routes = new ReloadableRoutes(settings.routes());
    var log = new AccessLines(logs, settings.extent(), output);
    try {
      var served =
          new ServedTap(settings, routes, log, Tap.start(settings.options(), routes, log, clock));
      LOG.info(
          "tap: listens on {}:{} in front of {} with {} routes; metrics are on http://{}:{}/tap/metrics",
          settings.options().host(),
          served.tap.port(),
          settings.options().upstream(),
          routes.get().patterns().size(),
          settings.options().metricsHost(),
          served.tap.metricsPort());
      if (settings.options().upstreamTls().insecureSkipVerify()) {
        LOG.warn(
            "tap: the backend's certificate is not verified, as the --tap.upstream… flags demand");
      }
      return served;
    } catch (IOException e) {
      log.close();
      // Quarkus prints only the message of this exception, without a stack trace.
      throw new ConfigurationException("pharos: not started: the tap: " + e.getMessage());
    }
  }

  /// Reads the routes and certificates again if a file has changed. If a file can't be read, the
  /// previous content is still used.
  void reloadIfChanged() {
    if (tap.isOutdated(routes)) {
      reload();
    }
  }

  /// Reads the routes and certificates again, even if no file has changed.
  void reload() {
    List<String> problems = tap.reload(routes);
    if (!problems.isEmpty()) {
      LOG.error(
          "tap: the changed files are invalid; their previous content is still used:\n{}",
          String.join("\n", problems));
    } else {
      LOG.info("tap: {} routes were read", routes.get().patterns().size());
    }
  }

  /// From now on, closes each connection after its next response, so that clients connect
  /// elsewhere.
  void leave() {
    tap.leave();
  }

  /// Waits until open exchanges have ended, then closes the ports.
  @Override
  public void close() {
    tap.drain(settings.drain());
    tap.close();
    log.close();
  }
}
