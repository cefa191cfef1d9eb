package io.pharos.alerting.upstream;

import io.micrometer.core.instrument.MeterRegistry;
import io.pharos.config.prometheus.AlertingConfig.Alertmanagers;
import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.Relabel;
import io.pharos.config.prometheus.StaticConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.http.Clients;
import io.pharos.http.OutgoingClient;
import io.pharos.http.OutgoingClient.CredentialsException;
import io.pharos.model.BaseUrl;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The Alertmanagers of one item of `alertmanagers`. Discovery finds them, and the item's
/// `relabel_configs` change and filter them (prometheus `notifier/alertmanagerset.go`).
final class AlertmanagerGroup {
  private static final Logger LOG = LoggerFactory.getLogger(AlertmanagerGroup.class);
  private static final String ADDRESS = "__address__";
  private static final String SCHEME = "__scheme__";
  private static final String PATH = "__alerts_path__";

  /* The smallest limit of a target file's size (docs/operations.md): room for a thousand
   * addresses, far more than there are Alertmanagers. */
  private static final FileDiscovery.Limit FILE_LIMIT =
      FileDiscovery.Limit.of(256 << 10, "which is fixed for files of Alertmanagers");

  final Alertmanagers config;
  private final Clients clients;
  private final Predicate<URI> isSelf;
  private final MeterRegistry registry;
  private final FileDiscovery files;
  private final Set<String> ownAddresses = new HashSet<>();
  private List<String> problems = List.of();
  private boolean retired;
  private volatile Map<URI, AlertmanagerClient> found = Map.of();

  AlertmanagerGroup(
      Alertmanagers config, Clients clients, Predicate<URI> isSelf, MeterRegistry registry) {
    this.config = config;
    this.clients = clients;
    this.isSelf = isSelf;
    this.registry = registry;
    files =
        new FileDiscovery(
            registry.counter("prometheus_sd_file_read_errors")::increment, FILE_LIMIT);
  }

  Collection<AlertmanagerClient> clients() {
    return found.values();
  }

  /// Runs the discovery again. Removed Alertmanagers still receive the alerts queued for them.
  ///
  /// @throws ConfigException if the configuration has an invalid address or files that cannot be
  ///   used; nothing changes in that case
  synchronized void discover() {
    if (retired) {
      return;
    }
    Set<URI> wanted = discoverUrls();
    Map<URI, AlertmanagerClient> previous = found;
    var next = new LinkedHashMap<URI, AlertmanagerClient>();
    for (URI url : wanted) {
      AlertmanagerClient existing = previous.get(url);
      next.put(
          url,
          existing == null
              ? new AlertmanagerClient(client(), url, config.timeout(), registry)
              : existing);
    }
    found = next;
    previous.forEach(
        (url, client) -> {
          if (!wanted.contains(url)) {
            client.retire();
          }
        });
  }

  private OutgoingClient client() {
    OutgoingClient client = clients.open(config.http());
    try {
      client.prepare();
    } catch (CredentialsException e) {
      throw refused(e);
    }
    return client;
  }

  private ConfigException refused(Exception e) {
    return new ConfigException(
        config.place().file(), config.place().line(), 0, "alerting: " + e.getMessage());
  }

  private Set<URI> discoverUrls() {
    var wanted = new LinkedHashSet<URI>();
    add(
        config.staticConfigs(),
        wanted,
        e -> {
          throw refused(e);
        });
    var wrong = new ArrayList<String>();
    add(
        files.refresh(config.fileSdConfigs()),
        wanted,
        e -> wrong.add(String.valueOf(e.getMessage())));
    if (!wrong.equals(problems)) {
      problems = wrong;
      wrong.forEach(LOG::warn);
    }
    return wanted;
  }

  private void add(
      List<StaticConfig> groups, Set<URI> wanted, Consumer<IllegalArgumentException> onInvalid) {
    for (StaticConfig group : groups) {
      for (String address : group.targets()) {
        try {
          url(group.labels(), address).ifPresent(wanted::add);
        } catch (IllegalArgumentException e) {
          onInvalid.accept(e);
        }
      }
    }
  }

  /// Returns the URL of an Alertmanager; empty if relabelling drops it or if it is this process.
  private Optional<URI> url(Labels group, String address) {
    var builder = Labels.builder();
    builder.set(SCHEME, config.scheme());
    builder.set(PATH, path());
    group.forEach(builder::set);
    builder.set(ADDRESS, address);
    Optional<Labels> relabelled = Relabel.apply(config.relabelConfigs(), builder.build());
    if (relabelled.isEmpty()) {
      return Optional.empty();
    }
    Labels labels = relabelled.get();
    String hostPort = labels.get(ADDRESS);
    String scheme = labels.get(SCHEME);
    String path = labels.get(PATH);
    URI url = URI.create(scheme + "://" + hostPort + (path.startsWith("/") ? path : "/" + path));
    if (!scheme.matches("https?") || url.getHost() == null) {
      throw new IllegalArgumentException(
          "found the Alertmanager %s, expected http(s)://host:port"
              .formatted(Quoted.of(scheme + "://" + hostPort)));
    }
    if (isSelf.test(url)) {
      if (ownAddresses.add(hostPort)) {
        LOG.info("The Alertmanager {} is this process; it receives alerts directly", hostPort);
      }
      return Optional.empty();
    }
    return Optional.of(url);
  }

  private String path() {
    String prefix = BaseUrl.of(config.pathPrefix());
    return (prefix.isEmpty() || prefix.startsWith("/") ? prefix : "/" + prefix) + "/api/v2/alerts";
  }

  List<URI> urls() {
    return List.copyOf(found.keySet());
  }

  /// Stops accepting alerts and stops discovery; queued alerts are still sent.
  synchronized void retire() {
    retired = true;
    found.values().forEach(AlertmanagerClient::retire);
  }

  void close() {
    retire();
    found.values().forEach(AlertmanagerClient::close);
  }
}
