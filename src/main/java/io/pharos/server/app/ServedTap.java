package io.pharos.server.app;

import io.pharos.cli.serve.TapSettings;
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

/// A tap in the process of the service. It has threads, connections and a log of its own and asks
/// nothing of the rest, so that it goes on while the rest is in trouble. Thread-safe.
final class ServedTap implements AutoCloseable {
  /// How often somebody looks whether a file is another.
  static final Duration LOOK = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ServedTap.class);

  private final TapSettings settings;
  private final ReloadableRoutes routes;
  private final AccessLines log;
  private final Tap tap;

  private ServedTap(TapSettings settings, ReloadableRoutes routes, AccessLines log, Tap tap) {
    this.settings = settings;
    this.routes = routes;
    this.log = log;
    this.tap = tap;
  }

  /// Opens the ports.
  ///
  /// @param output where the lines about requests go besides Loki; it stays open
  /// @throws ConfigException when the routes can't be read
  /// @throws ConfigurationException when an address can't be listened on, or a certificate can't be
  ///   read
  static ServedTap start(
      TapSettings settings, LogSettings logs, OutputStream output, InstantSource clock) {
    var routes = new ReloadableRoutes(settings.routes());
    var log = new AccessLines(logs, settings.extent(), output);
    try {
      var served =
          new ServedTap(settings, routes, log, Tap.start(settings.options(), routes, log, clock));
      LOG.info(
          "tap: {}:{} in front of {}, {} routes, metrics on http://{}:{}/tap/metrics",
          settings.options().host(),
          served.tap.port(),
          settings.options().upstream(),
          routes.get().patterns().size(),
          settings.options().metricsHost(),
          served.tap.metricsPort());
      if (settings.options().upstreamTls().insecureSkipVerify()) {
        LOG.warn("tap: any certificate of the backend is taken, as --tap.upstream… says");
      }
      return served;
    } catch (IOException e) {
      log.close();
      // Of this kind Quarkus shows the message and not where in the code it came from.
      throw new ConfigurationException("pharos: not started: the tap: " + e.getMessage());
    }
  }

  /// The port that clients come to.
  int port() {
    return tap.port();
  }

  /// The port of its metrics.
  int metricsPort() {
    return tap.metricsPort();
  }

  /// Reads the routes and certificates again if a file is another. What can't be read leaves what
  /// held before.
  void look() {
    if (tap.isOutdated(routes)) {
      reload();
    }
  }

  /// Reads the routes and certificates again.
  void reload() {
    List<String> problems = tap.reload(routes);
    if (!problems.isEmpty()) {
      LOG.error("tap: what was read before holds:\n{}", String.join("\n", problems));
    } else {
      LOG.info("tap: {} routes", routes.get().patterns().size());
    }
  }

  /// Has clients go elsewhere from now on: each answer closes its connection.
  void leave() {
    tap.leave();
  }

  /// Waits for what is under way, and closes.
  @Override
  public void close() {
    tap.drain(settings.drain());
    tap.close();
    log.close();
  }
}
