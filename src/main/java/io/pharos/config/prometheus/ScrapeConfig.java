package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

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

/// One item of `scrape_configs`.
///
/// @param place where it stands; not part of equality, so that an edit above it changes nothing
/// @param params query parameters of the scrape, each with at least one value
/// @param protocols what a target is asked for, the first one most
/// @param fallback what to read an answer as whose content type is none of ours
/// @param histograms what becomes of histograms
/// @param keepDroppedTargets how many dropped targets to remember; 0 is all
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
    List<PolledSdConfig> askedSdConfigs,
    List<RelabelConfig> relabelConfigs,
    List<RelabelConfig> metricRelabelConfigs) {

  /// A place in a file; all places are equal.
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
    requireNonNull(place, "place is null");
    requireNonNull(jobName, "jobName is null");
    requireNonNull(scrapeInterval, "scrapeInterval is null");
    requireNonNull(scrapeTimeout, "scrapeTimeout is null");
    requireNonNull(metricsPath, "metricsPath is null");
    requireNonNull(scheme, "scheme is null");
    var copied = new LinkedHashMap<String, List<String>>();
    params.forEach((name, values) -> copied.put(name, List.copyOf(values)));
    params = Collections.unmodifiableMap(copied);
    protocols = List.copyOf(protocols);
    requireNonNull(http, "http is null");
    requireNonNull(limits, "limits is null");
    requireNonNull(histograms, "histograms is null");
    staticConfigs = List.copyOf(staticConfigs);
    fileSdConfigs = List.copyOf(fileSdConfigs);
    askedSdConfigs = List.copyOf(askedSdConfigs);
    relabelConfigs = List.copyOf(relabelConfigs);
    metricRelabelConfigs = List.copyOf(metricRelabelConfigs);
  }

  /// What to read an answer as whose content type is none of ours.
  public Optional<ScrapeProtocol> fallbackProtocol() {
    return Optional.ofNullable(fallback);
  }

  /// Whether targets may come that do not stand in the file.
  public boolean isDiscovered() {
    return !fileSdConfigs.isEmpty() || !askedSdConfigs.isEmpty();
  }

  /// What all clients are told that this item needs.
  public Set<HttpOptions> allHttp() {
    Set<HttpOptions> all = new HashSet<>();
    all.add(http);
    for (PolledSdConfig asked : askedSdConfigs) {
      if (asked instanceof PolledSdConfig.OverHttp over) {
        all.add(over.http());
      }
    }
    return all;
  }

  /// Whether the two differ in nothing but where targets come from, so that running scrapes may go
  /// on.
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
