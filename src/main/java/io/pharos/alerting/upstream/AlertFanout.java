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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands the alerts of the rules to this process' dispatcher and to every external Alertmanager
/// that the Prometheus configuration names, after its `alert_relabel_configs`. An Alertmanager that
/// is this very process is left out: it would get every alert twice.
public final class AlertFanout implements AlertSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertFanout.class);

  private final AlertSink dispatcher;
  private final Clients clients;
  private final int ownPort;
  private final MeterRegistry registry;
  private volatile List<RelabelConfig> relabel = List.of();
  private volatile List<AlertmanagerGroup> groups = List.of();

  /// @param ownPort where this process takes alerts itself
  public AlertFanout(AlertSink dispatcher, Clients clients, int ownPort, MeterRegistry registry) {
    this.dispatcher = dispatcher;
    this.clients = clients;
    this.ownPort = ownPort;
    this.registry = registry;
  }

  /// Makes what another configuration needs.
  ///
  /// @return puts it in force
  /// @throws ConfigException when it can't be made
  public Runnable prepareReload(PrometheusConfig config) {
    var next = new ArrayList<AlertmanagerGroup>();
    try {
      for (Alertmanagers one : config.alerting().alertmanagers()) {
        var group = new AlertmanagerGroup(one, clients, this::isSelf, registry);
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

  /// Looks for Alertmanagers in files again.
  public void refresh() {
    for (AlertmanagerGroup group : groups) {
      if (!group.config().fileSdConfigs().isEmpty()) {
        try {
          group.discover();
        } catch (ConfigException e) {
          LOG.warn("the Alertmanagers stay as they are: {}", e.getMessage());
        }
      }
    }
  }

  /// Where the external Alertmanagers take alerts.
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
    } catch (UnknownHostException | SocketException _) { // nobody here by that name
      return false;
    }
  }

  @Override
  public void send(List<Alert> alerts) {
    List<Alert> relabelled = relabel(alerts, relabel);
    dispatcher.send(relabelled);
    for (AlertmanagerGroup group : groups) {
      List<Alert> own = relabel(relabelled, group.config().alertRelabelConfigs());
      group.clients().forEach(client -> client.send(own));
    }
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
