package io.pharos.config.prometheus;

import io.pharos.config.http.HttpOptions;
import java.time.Duration;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An item of `scrape_configs`.
///
/// @param place place in the file. It does not affect equality, so that a new line above the item
///   does not change the item
/// @param params query parameters of the scrape, each with at least one value
/// @param protocols accepted protocols, the preferred one first
/// @param fallback protocol of responses with an unknown content type
/// @param keepDroppedTargets how many dropped targets are stored to be shown; 0 for all
public record ScrapeConfig(
    Place place,
    String jobName,
    Duration scrapeInterval,
    Duration scrapeTimeout,
    String metricsPath,
    String scheme,
    Map<String, List<String>> params,
    boolean honorLabels,
    boolean honorTimestamps,
    boolean trackTimestampsStaleness,
    boolean enableCompression,
    List<ScrapeProtocol> protocols,
    @Nullable ScrapeProtocol fallback,
    HttpOptions http,
    SampleLimits limits,
    HistogramConfig histograms,
    int keepDroppedTargets,
    List<StaticConfig> staticConfigs,
    List<FileSdConfig> fileSdConfigs,
    List<PolledSdConfig> polledSdConfigs,
    List<RelabelConfig> relabelConfigs,
    List<RelabelConfig> metricRelabelConfigs) {

  /// A place in a file. Any two places are equal, so that they do not affect the equality of their
  /// records.
  public record Place(String file, int line) {
    @Override
    public boolean equals(@Nullable Object other) {
      return other instanceof Place;
    }

    @Override
    public int hashCode() {
      return 0;
    }

    @Override
    public String toString() {
      return file + ":" + line;
    }
  }

  public ScrapeConfig {
    var copied = new LinkedHashMap<String, List<String>>();
    params.forEach((name, values) -> copied.put(name, List.copyOf(values)));
    params = Collections.unmodifiableMap(copied);
    protocols = List.copyOf(protocols);
    staticConfigs = List.copyOf(staticConfigs);
    fileSdConfigs = List.copyOf(fileSdConfigs);
    polledSdConfigs = List.copyOf(polledSdConfigs);
    relabelConfigs = List.copyOf(relabelConfigs);
    metricRelabelConfigs = List.copyOf(metricRelabelConfigs);
  }

  /// Returns the protocol of responses with an unknown content type.
  public Optional<ScrapeProtocol> fallbackProtocol() {
    return Optional.ofNullable(fallback);
  }

  /// Returns whether another source than this configuration file may define targets.
  public boolean isDiscovered() {
    return !fileSdConfigs.isEmpty() || !polledSdConfigs.isEmpty();
  }

  /// Returns the options of all HTTP clients that this item needs.
  public Set<HttpOptions> allHttp() {
    Set<HttpOptions> all = new HashSet<>();
    all.add(http);
    for (PolledSdConfig source : polledSdConfigs) {
      if (source instanceof PolledSdConfig.OverHttp over) {
        all.add(over.http());
      }
    }
    return all;
  }

  /// Returns whether this item and the other differ at most in their sources of targets, so that
  /// running scrapes can continue.
  public boolean scrapesLike(ScrapeConfig other) {
    return Objects.equals(withoutDiscovery(), other.withoutDiscovery());
  }

  private ScrapeConfig withoutDiscovery() {
    return new ScrapeConfig(
        place,
        jobName,
        scrapeInterval,
        scrapeTimeout,
        metricsPath,
        scheme,
        params,
        honorLabels,
        honorTimestamps,
        trackTimestampsStaleness,
        enableCompression,
        protocols,
        fallback,
        http,
        limits,
        histograms,
        keepDroppedTargets,
        List.of(),
        List.of(),
        List.of(),
        relabelConfigs,
        metricRelabelConfigs);
  }
}
