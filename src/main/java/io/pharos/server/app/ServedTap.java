package io.pharos.server.app;

import io.pharos.config.yaml.ConfigException;
import io.pharos.server.cli.TapSettings;
import io.pharos.server.logs.AccessLines;
import io.pharos.server.logs.LogSettings;
import io.pharos.server.tap.LiveRoutes;
import io.pharos.server.tap.Tap;
import io.quarkus.runtime.configuration.ConfigurationException;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A tap in the process of the service. It has threads, connections and a log of its own and asks
/// nothing of the rest, so that it goes on while the rest is in trouble. Thread-safe.
final class ServedTap implements AutoCloseable {
  /// How often somebody looks whether the file of routes is another.
  static final Duration LOOK = Duration.ofSeconds(5);

  private static final Logger LOG = LoggerFactory.getLogger(ServedTap.class);

  private final TapSettings settings;
  private final LiveRoutes routes;
  private final AccessLines log;
  private final Tap tap;

  private ServedTap(TapSettings settings, LiveRoutes routes, AccessLines log, Tap tap) {
    this.settings = settings;
    this.routes = routes;
    this.log = log;
    this.tap = tap;
  }

  /// Opens the ports.
  ///
  /// @param output where the lines about requests go besides Loki; it stays open
  /// @throws ConfigException when the routes can't be read
  /// @throws ConfigurationException when an address can't be listened on
  static ServedTap start(
      TapSettings settings, LogSettings logs, OutputStream output, InstantSource clock) {
    var routes = new LiveRoutes(settings.routes());
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

  /// Reads the routes again if the file is another. Those that can't be read leave those from
  /// before.
  void look() {
    if (routes.hasChanged()) {
      reload();
    }
  }

  /// Reads the routes again.
  void reload() {
    Optional<ConfigException> problem = tap.reload(routes);
    if (problem.isPresent()) {
      LOG.error("tap: the routes from before hold:\n{}", problem.get().getMessage());
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
