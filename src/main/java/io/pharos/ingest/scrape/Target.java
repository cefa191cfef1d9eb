package io.pharos.ingest.scrape;

import io.pharos.config.prometheus.Relabel;
import io.pharos.config.prometheus.ScrapeConfig;
import io.pharos.model.Labels;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A target after relabelling.
///
/// @param discovered labels before relabelling
/// @param labels labels that are added to its series
/// @param url address of its page
record Target(Labels discovered, Labels labels, URI url, Duration interval, Duration timeout) {
  private static final String ADDRESS = "__address__";
  private static final String INTERVAL = "__scrape_interval__";
  private static final String TIMEOUT = "__scrape_timeout__";
  private static final String PATH = "__metrics_path__";
  private static final String SCHEME = "__scheme__";
  private static final String PARAM = "__param_";

  /// The result of resolving one address of a target group.
  sealed interface Resolution {
    /// The target is scraped.
    record Active(Target target) implements Resolution {}

    /// Relabelling dropped the target.
    record Dropped(Labels discovered) implements Resolution {}

    /// The address or its labels are not a valid target.
    record Invalid(Labels discovered, String reason) implements Resolution {}
  }

  /// Identifies a target: if several targets have equal keys, only one of them is scraped.
  record Key(Labels labels, URI url) {}

  Key key() {
    return new Key(labels, url);
  }

  /// Returns how long after the start of an interval this target is scraped. The offsets of all
  /// targets are evenly distributed.
  long offsetMillis() {
    long hash = 31L * labels.hashCode() + url.hashCode();
    long mixed = (hash ^ (hash >>> 32)) * 0x9E3779B97F4A7C15L;
    return Long.remainderUnsigned(mixed ^ (mixed >>> 29), interval.toMillis());
  }

  /// Returns when the first scrape after a time is due, both in Unix milliseconds.
  long nextDue(long after) {
    long every = interval.toMillis();
    return Math.floorDiv(after - offsetMillis(), every) * every + every + offsetMillis();
  }

  /// Resolves an address of a target group.
  static Resolution resolve(ScrapeConfig config, Labels groupLabels, String address) {
    var builder = Labels.builder();
    builder.set("job", config.jobName());
    builder.set(INTERVAL, PromDuration.format(config.scrapeInterval()));
    builder.set(TIMEOUT, PromDuration.format(config.scrapeTimeout()));
    builder.set(PATH, config.metricsPath());
    builder.set(SCHEME, config.scheme());
    config.params().forEach((name, values) -> builder.set(PARAM + name, values.getFirst()));
    groupLabels.forEach(builder::set);
    builder.set(ADDRESS, address);
    Labels discovered = builder.build();
    Optional<Labels> relabelled = Relabel.apply(config.relabelConfigs(), discovered);
    if (relabelled.isEmpty()) {
      return new Resolution.Dropped(discovered);
    }
    try {
      return new Resolution.Active(build(config, discovered, relabelled.get()));
    } catch (IllegalArgumentException e) {
      return new Resolution.Invalid(discovered, String.valueOf(e.getMessage()));
    }
  }

  private static Target build(ScrapeConfig config, Labels discovered, Labels labels) {
    String address = labels.get(ADDRESS);
    if (address.isEmpty() || address.indexOf('/') >= 0) {
      throw new IllegalArgumentException(
          "found address " + Quoted.of(address) + ", expected host:port");
    }
    Duration interval = duration(labels, INTERVAL);
    Duration timeout = duration(labels, TIMEOUT);
    if (timeout.compareTo(interval) > 0) {
      throw new IllegalArgumentException(
          "found a scrape timeout of %s, expected at most the interval of %s"
              .formatted(PromDuration.format(timeout), PromDuration.format(interval)));
    }
    Labels kept = labels.keep(name -> !name.startsWith("__"));
    if (!kept.has("instance")) {
      kept = kept.with("instance", address);
    }
    return new Target(discovered, kept, url(config, labels, address), interval, timeout);
  }

  private static Duration duration(Labels labels, String name) {
    Duration duration = PromDuration.parse(labels.get(name));
    if (duration.isZero()) {
      throw new IllegalArgumentException("found a " + name + " of 0, expected a duration");
    }
    return duration;
  }

  private static URI url(ScrapeConfig config, Labels labels, String address) {
    Map<String, List<String>> params = new LinkedHashMap<>(config.params());
    labels.forEach(
        (name, value) -> {
          if (name.startsWith(PARAM)) {
            String param = name.substring(PARAM.length());
            List<String> configured = params.getOrDefault(param, List.of());
            var replaced = new ArrayList<>(List.of(value));
            replaced.addAll(configured.subList(Math.min(1, configured.size()), configured.size()));
            params.put(param, replaced);
          }
        });
    var query = new StringBuilder();
    params.forEach(
        (name, values) -> {
          for (String value : values) {
            query.append(query.isEmpty() ? "" : "&").append(encode(name)).append('=');
            query.append(encode(value));
          }
        });
    String path = labels.get(PATH);
    String absolutePath = path.startsWith("/") ? path : "/" + path;
    String separator = query.isEmpty() ? "" : absolutePath.indexOf('?') < 0 ? "?" : "&";
    String scheme = labels.get(SCHEME);
    if (!scheme.equals("http") && !scheme.equals("https")) {
      throw new IllegalArgumentException(
          "found scheme " + Quoted.of(scheme) + ", expected http or https");
    }
    String text = scheme + "://" + address + absolutePath + separator + query;
    try {
      URI url = new URI(text);
      if (url.getHost() == null) {
        throw new IllegalArgumentException(
            "found address %s, expected host:port, with no underscore in the host"
                .formatted(Quoted.of(address)));
      }
      return url;
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("not a URL: " + e.getMessage(), e);
    }
  }

  private static String encode(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
