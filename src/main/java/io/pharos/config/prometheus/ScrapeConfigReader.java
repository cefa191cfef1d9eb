package io.pharos.config.prometheus;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.http.HttpReader;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.PromDuration;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Reads items of `scrape_configs`, and those keys that items of `alertmanagers` have too.
final class ScrapeConfigReader {
  private static final Duration FILE_SD_REFRESH = Duration.ofMinutes(5);

  private final Path directory;
  private final PrometheusGlobalConfig global;
  private final Problems problems;
  private final HttpReader http;

  ScrapeConfigReader(Path directory, PrometheusGlobalConfig global, Problems problems) {
    this.directory = directory;
    this.global = global;
    this.problems = problems;
    this.http = new HttpReader(directory, Set.of(HttpReader.Feature.INLINE_PEM));
  }

  /// Returns the HTTP options, which are among a mapping's other keys.
  HttpOptions http(YamlMap map) {
    return http.readKeys(map, problems);
  }

  List<ScrapeConfig> list(YamlMap map, String key) {
    return problems.list(map, key, item -> read(item.asMap()));
  }

  private ScrapeConfig read(YamlMap map) {
    String job = problems.read(() -> job(map), "?");
    Duration interval = duration(map, "scrape_interval", problems).orElse(global.scrapeInterval());
    Duration timeout = timeout(map, interval, job);
    String path = problems.read(() -> map.string("metrics_path", "/metrics"), "/metrics");
    String scheme = scheme(map);
    Map<String, List<String>> params = problems.read(() -> params(map), Map.of());
    boolean honorLabels = flag(map, "honor_labels", false);
    boolean honorTimestamps = flag(map, "honor_timestamps", true);
    boolean trackStaleness = flag(map, "track_timestamps_staleness", false);
    boolean compression = flag(map, "enable_compression", true);
    HistogramConfig histograms = HistogramConfig.read(map, global.histograms(), problems);
    List<ScrapeProtocol> inherited = inheritedProtocols(histograms);
    var config =
        new ScrapeConfig(
            new ScrapeConfig.Place(map.file(), map.line()),
            job,
            interval,
            timeout,
            path,
            scheme,
            params,
            honorLabels,
            honorTimestamps,
            trackStaleness,
            compression,
            problems.read(() -> protocols(map, inherited), inherited),
            fallback(map),
            http(map),
            SampleLimits.read(map, global.limits(), problems),
            histograms,
            SampleLimits.count(map, "keep_dropped_targets", 0, problems),
            staticConfigs(map),
            fileSdConfigs(map),
            PolledSdConfig.read(map, http, problems),
            RelabelConfig.list(map, "relabel_configs", problems),
            RelabelConfig.list(map, "metric_relabel_configs", problems));
    refuseOtherDiscovery(map, Set.of("file_sd_configs", "http_sd_configs", "dns_sd_configs"));
    refuseUnsupported(map, problems);
    problems.check(map::finish);
    return config;
  }

  private @Nullable ScrapeProtocol fallback(YamlMap map) {
    return problems
        .<Optional<ScrapeProtocol>>read(
            () -> map.get("fallback_scrape_protocol").map(ScrapeConfigReader::protocol),
            Optional.empty())
        .orElse(null);
  }

  private static String job(YamlMap map) {
    YamlValue value = map.require("job_name");
    String job = value.asString();
    if (job.isEmpty()) {
      throw value.error("expected a name that is not empty");
    }
    return job;
  }

  private Duration timeout(YamlMap map, Duration interval, String job) {
    Optional<Duration> configured = duration(map, "scrape_timeout", problems);
    if (configured.isPresent() && configured.get().compareTo(interval) > 0) {
      problems.add(
          map.require("scrape_timeout")
              .error(
                  "found %s, which is longer than the scrape_interval of %s of job %s"
                      .formatted(
                          PromDuration.format(configured.get()),
                          PromDuration.format(interval),
                          Quoted.of(job))));
    }
    Duration inherited =
        global.scrapeTimeout().compareTo(interval) > 0 ? interval : global.scrapeTimeout();
    return configured.orElse(inherited);
  }

  /// Returns a duration; empty if it is zero or absent. Prometheus treats zero as absent.
  static Optional<Duration> duration(YamlMap map, String key, Problems problems) {
    return problems.read(
        () -> map.get(key).map(YamlValue::asDuration).filter(value -> !value.isZero()),
        Optional.empty());
  }

  private boolean flag(YamlMap map, String key, boolean defaultValue) {
    return problems.read(() -> map.bool(key, defaultValue), defaultValue);
  }

  String scheme(YamlMap map) {
    return problems.read(
        () -> map.get("scheme").map(ScrapeConfigReader::scheme).orElse("http"), "http");
  }

  private static String scheme(YamlValue value) {
    String scheme = value.asString();
    if (!scheme.equals("http") && !scheme.equals("https")) {
      String near = Suggestion.of(scheme, List.of("http", "https"));
      throw value.error("expected http or https, found " + Quoted.of(scheme) + near);
    }
    return scheme;
  }

  private static Map<String, List<String>> params(YamlMap map) {
    var params = new LinkedHashMap<String, List<String>>();
    map.get("params")
        .map(YamlValue::asMap)
        .ifPresent(
            names -> {
              for (String name : names.keys()) {
                List<String> values = names.strings(name);
                if (!values.isEmpty()) {
                  params.put(name, values);
                }
              }
            });
    return params;
  }

  private List<ScrapeProtocol> inheritedProtocols(HistogramConfig histograms) {
    if (!global.scrapeProtocols().isEmpty()) {
      return global.scrapeProtocols();
    }
    return histograms.scrapeNative() ? ScrapeProtocol.PROTOBUF_FIRST : ScrapeProtocol.TEXTS;
  }

  static List<ScrapeProtocol> protocols(YamlMap map, List<ScrapeProtocol> inherited) {
    List<ScrapeProtocol> protocols = map.list("scrape_protocols", ScrapeConfigReader::protocol);
    if (protocols.stream().distinct().count() < protocols.size()) {
      throw map.require("scrape_protocols").error("a protocol is listed twice");
    }
    return protocols.isEmpty() ? inherited : protocols;
  }

  private static ScrapeProtocol protocol(YamlValue value) {
    String name = value.asString();
    return ScrapeProtocol.of(name)
        .orElseThrow(
            () ->
                value.error(
                    "expected one of PrometheusProto, OpenMetricsText1.0.0, OpenMetricsText0.0.1,"
                        + " PrometheusText1.0.0, PrometheusText0.0.4, found "
                        + Quoted.of(name)));
  }

  List<StaticConfig> staticConfigs(YamlMap map) {
    return problems.list(
        map,
        "static_configs",
        map.has("relabel_configs") ? TargetReader::group : TargetReader::addresses);
  }

  List<FileSdConfig> fileSdConfigs(YamlMap map) {
    return problems.list(map, "file_sd_configs", item -> fileSd(item.asMap()));
  }

  private FileSdConfig fileSd(YamlMap map) {
    List<String> files = map.list("files", this::targetFile);
    if (files.isEmpty()) {
      throw map.error("expected at least one path under files");
    }
    Duration refresh = map.duration("refresh_interval", FILE_SD_REFRESH);
    map.finish();
    return new FileSdConfig(files, refresh.isZero() ? FILE_SD_REFRESH : refresh);
  }

  private String targetFile(YamlValue value) {
    String pattern = value.asString();
    boolean known = pattern.matches("(?i).*\\.(json|yml|yaml)");
    if (!known || !FilePattern.isValid(pattern)) {
      throw value.error(
          "expected a path that ends in .json, .yml or .yaml, with * in its last element only,"
              + " found "
              + Quoted.of(pattern));
    }
    return directory.resolve(pattern).normalize().toString();
  }

  void refuseOtherDiscovery(YamlMap map, Set<String> known) {
    for (String key : map.keys()) {
      if (key.endsWith("_sd_configs") && !known.contains(key)) {
        problems.unsupported(map, key, "use static_configs, or write file_sd_configs files");
      }
    }
  }

  /// Refuses keys that Prometheus has and Pharos does not support. A key is accepted if its value
  /// selects what Pharos does anyway.
  static void refuseUnsupported(YamlMap map, Problems problems) {
    problems.unsupported(
        map,
        "scrape_classic_histograms",
        "since Prometheus 3 the key is always_scrape_classic_histograms");
    requireValue(map, "metric_name_validation_scheme", "utf8", "names may be any UTF-8", problems);
    requireValue(
        map, "metric_name_escaping_scheme", "allow-utf-8", "names are not escaped", problems);
    requireValue(map, "extra_scrape_metrics", "false", "there are no extra metrics", problems);
    problems.unsupported(
        map, "scrape_failure_log_file", "Pharos logs failures and shows them in lastError");
  }

  private static void requireValue(
      YamlMap map, String key, String accepted, String reason, Problems problems) {
    problems.check(
        () -> {
          if (!map.string(key, accepted).equals(accepted)) {
            throw map.require(key)
                .error(key + " is not supported except as " + accepted + ": " + reason);
          }
        });
  }
}
