package io.pharos.server.app;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.alerting.alert.Alert;
import io.pharos.alerting.alert.AlertSink;
import io.pharos.alerting.upstream.AlertmanagerClient;
import io.pharos.config.prometheus.AlertingConfig;
import io.pharos.config.prometheus.Credentials;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.Relabel;
import io.pharos.config.prometheus.RelabelConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.ingest.scrape.ClientFactory;
import io.pharos.model.BaseUrl;
import io.pharos.model.Labels;
import java.io.IOException;
import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.net.URI;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Hands the alerts of the rules to this process' dispatcher and to every external Alertmanager
/// that the Prometheus configuration names, after its `alert_relabel_configs`. An Alertmanager that
/// is this very process is left out: it would get every alert twice.
final class AlertFanout implements AlertSink, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(AlertFanout.class);

  private record External(AlertmanagerClient client, List<RelabelConfig> relabel) {}

  private final AlertSink dispatcher;
  private final ClientFactory clients;
  private final int ownPort;
  private final MeterRegistry registry;
  private volatile List<RelabelConfig> relabel = List.of();
  private volatile List<External> externals = List.of();

  AlertFanout(AlertSink dispatcher, ClientFactory clients, int ownPort, MeterRegistry registry) {
    this.dispatcher = dispatcher;
    this.clients = clients;
    this.ownPort = ownPort;
    this.registry = registry;
  }

  /// Makes what another configuration needs.
  ///
  /// @return puts it in force
  /// @throws ConfigException when it can't be made
  Runnable prepareReload(PrometheusConfig config) {
    var next = new ArrayList<External>();
    for (AlertingConfig.AlertmanagerConfig one : config.alerting().alertmanagers()) {
      for (var group : one.staticConfigs()) {
        for (String target : group.targets()) {
          if (isSelf(target)) {
            LOG.info("alertmanager {} is this process; alerts reach it directly", target);
          } else {
            next.add(new External(client(one, target), one.alertRelabelConfigs()));
          }
        }
      }
    }
    return () -> {
      List<External> previous = externals;
      relabel = config.alerting().alertRelabelConfigs();
      externals = List.copyOf(next);
      previous.forEach(external -> external.client().retire());
    };
  }

  private AlertmanagerClient client(AlertingConfig.AlertmanagerConfig config, String target) {
    try {
      return new AlertmanagerClient(
          clients.create(config.http()),
          URI.create(config.scheme() + "://" + target + BaseUrl.of(config.pathPrefix())),
          config.timeout(),
          authorization(config.http().credentials()),
          registry);
    } catch (IOException e) {
      throw new ConfigException(
          config.place().file(), config.place().line(), 0, "alerting: " + e.getMessage());
    }
  }

  private static Optional<String> authorization(Credentials credentials) throws IOException {
    return switch (credentials) {
      case Credentials.None _ -> Optional.empty();
      case Credentials.Basic basic ->
          Optional.of(
              "Basic "
                  + Base64.getEncoder()
                      .encodeToString(
                          (basic.username().read().reveal()
                                  + ":"
                                  + basic.password().read().reveal())
                              .getBytes(StandardCharsets.UTF_8)));
      case Credentials.Header header ->
          Optional.of(header.type() + " " + header.credentials().read().reveal());
    };
  }

  /// Where the external Alertmanagers take alerts.
  List<String> urls() {
    return externals.stream().map(external -> external.client().url().toString()).toList();
  }

  private boolean isSelf(String target) {
    int colon = target.lastIndexOf(':');
    if (colon < 0 || !target.substring(colon + 1).equals(Integer.toString(ownPort))) {
      return false;
    }
    try {
      InetAddress address = InetAddress.getByName(target.substring(0, colon));
      return address.isLoopbackAddress() || NetworkInterface.getByInetAddress(address) != null;
    } catch (UnknownHostException | SocketException _) { // nobody here by that name
      return false;
    }
  }

  @Override
  public void send(List<Alert> alerts) {
    List<Alert> relabelled = relabel(alerts, relabel);
    dispatcher.send(relabelled);
    for (External external : externals) {
      external.client().send(relabel(relabelled, external.relabel()));
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
    externals.forEach(external -> external.client().close());
  }
}
