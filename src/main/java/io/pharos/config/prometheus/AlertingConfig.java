package io.pharos.config.prometheus;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.List;

/// The section `alerting`: relabelling of alerts, and the Alertmanagers that receive them.
public record AlertingConfig(
    List<RelabelConfig> alertRelabelConfigs, List<Alertmanagers> alertmanagers) {

  /// A group of Alertmanagers.
  ///
  /// @param pathPrefix path before `/api/v2/alerts`
  public record Alertmanagers(
      ScrapeConfig.Place place,
      String scheme,
      String pathPrefix,
      Duration timeout,
      HttpOptions http,
      List<StaticConfig> staticConfigs,
      List<FileSdConfig> fileSdConfigs,
      List<RelabelConfig> relabelConfigs,
      List<RelabelConfig> alertRelabelConfigs) {
    public Alertmanagers {
      staticConfigs = List.copyOf(staticConfigs);
      fileSdConfigs = List.copyOf(fileSdConfigs);
      relabelConfigs = List.copyOf(relabelConfigs);
      alertRelabelConfigs = List.copyOf(alertRelabelConfigs);
    }
  }

  /// No Alertmanagers.
  public static final AlertingConfig NONE = new AlertingConfig(List.of(), List.of());

  public AlertingConfig {
    alertRelabelConfigs = List.copyOf(alertRelabelConfigs);
    alertmanagers = List.copyOf(alertmanagers);
  }
}
