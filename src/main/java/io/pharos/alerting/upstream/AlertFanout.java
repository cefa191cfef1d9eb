package io.pharos.alerting.upstream;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.config.prometheus.AlertingConfig.Alertmanagers;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.Relabel;
import io.pharos.config.prometheus.RelabelConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Relabels the rules' alerts by `alert_relabel_configs`, and passes them to this process'
/// dispatcher and to every external Alertmanager in the Prometheus configuration. An Alertmanager
/// that is this process itself is skipped, because it would get every alert twice.
public final class AlertFanout implements AlertSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertFanout.class);

  private final AlertSink dispatcher;
  private final Clients clients;
  private final int ownPort;
  private final MeterRegistry registry;
  private volatile List<RelabelConfig> relabel = List.of();
  private volatile List<AlertmanagerGroup> groups = List.of();

  /// Creates a fanout without external Alertmanagers.
  ///
  /// @param ownPort port on which this process receives alerts
  public AlertFanout(AlertSink dispatcher, Clients clients, int ownPort, MeterRegistry registry) {
    this.dispatcher = dispatcher;
    this.clients = clients;
    this.ownPort = ownPort;
    this.registry = registry;
  }

  /// Creates the clients of a new configuration.
  ///
  /// @return a task that replaces the current clients with the new clients
  /// @throws ConfigException if a client cannot be created
  public Runnable prepareReload(PrometheusConfig config) {
    var next = new ArrayList<AlertmanagerGroup>();
    try {
      for (Alertmanagers item : config.alerting().alertmanagers()) {
        var group = new AlertmanagerGroup(item, clients, this::isSelf, registry);
        group.discover();
        next.add(group);
      }
    } catch (ConfigException e) {
      next.forEach(AlertmanagerGroup::retire);
      throw e;
    }
    return () -> {
      List<AlertmanagerGroup> previous = groups;
      relabel = config.alerting().alertRelabelConfigs();
      groups = List.copyOf(next);
      previous.forEach(AlertmanagerGroup::retire);
    };
  }

  /// Repeats the file-based discovery of Alertmanagers.
  public void refresh() {
    for (AlertmanagerGroup group : groups) {
      if (!group.config.fileSdConfigs().isEmpty()) {
        try {
          group.discover();
        } catch (ConfigException e) {
          LOG.warn(
              "The discovery of Alertmanagers failed, so alerts are sent to the previously found"
                  + " Alertmanagers: {}",
              e.getMessage());
        }
      }
    }
  }

  /// Returns the URLs at which the external Alertmanagers receive alerts.
  public List<String> urls() {
    return groups.stream().flatMap(group -> group.urls().stream()).map(URI::toString).toList();
  }

  private boolean isSelf(URI url) {
    if (url.getPort() != ownPort) {
      return false;
    }
    try {
      InetAddress address = InetAddress.getByName(url.getHost());
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (UnknownHostException
        | SocketException _) { // the name does not resolve to this machine
      return false;
    }
  }

  @Override
  public void send(List<Alert> alerts) {
    List<Alert> relabelled = relabel(alerts, relabel);
    dispatcher.send(relabelled);
    for (AlertmanagerGroup group : groups) {
      List<Alert> groupAlerts = relabel(relabelled, group.config.alertRelabelConfigs());
      group.clients().forEach(client -> client.send(groupAlerts));
    }
  }

  @Override
  public Optional<Instant> postedEnd(Labels alert) {
    return Relabel.apply(relabel, alert).flatMap(dispatcher::postedEnd);
  }

  private static List<Alert> relabel(List<Alert> alerts, List<RelabelConfig> configs) {
    if (configs.isEmpty()) {
      return alerts;
    }
    var kept = new ArrayList<Alert>();
    for (Alert alert : alerts) {
      Optional<Labels> labels = Relabel.apply(configs, alert.labels());
      labels.ifPresent(
          changed ->
              kept.add(
                  new Alert(
                      changed,
                      alert.annotations(),
                      alert.startsAt(),
                      alert.endsAt(),
                      alert.generatorUrl())));
    }
    return kept;
  }

  @Override
  public void close() {
    groups.forEach(AlertmanagerGroup::close);
  }
}
