package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.config.http.HttpOptions;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the top level of the file, `global` and `alerting`.
final class PrometheusReader {
  private static final Pattern VARIABLE = Pattern.compile("\\$(?:\\$|\\{(\\w+)\\}|(\\w+))");
  private static final Duration ALERTMANAGER_TIMEOUT = Duration.ofSeconds(10);

  private final Path directory;
  private final Map<String, String> environment;
  private final Problems problems = new Problems();

  PrometheusReader(Path directory, Map<String, String> environment) {
    this.directory = directory;
    this.environment = Map.copyOf(environment);
  }

  static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }

  /// JSON may be indented with tabs, which YAML refuses even there.
  static String untabbed(String text) {
    String start = text.stripLeading();
    return start.startsWith("{") || start.startsWith("[") ? text.replace('\t', ' ') : text;
  }

  PrometheusConfig read(String name, String text) {
    YamlMap map = YamlFile.parse(name, untabbed(text));
    PrometheusGlobalConfig global =
        map.get("global")
            .map(
                value -> problems.read(() -> global(value.asMap()), PrometheusGlobalConfig.DEFAULT))
            .orElse(PrometheusGlobalConfig.DEFAULT);
    List<String> ruleFiles = patterns(map, "rule_files");
    var jobs = new ScrapeConfigReader(directory, global, problems);
    var scrapeConfigs = new ArrayList<>(jobs.list(map, "scrape_configs"));
    for (String pattern : patterns(map, "scrape_config_files")) {
      scrapeConfigs.addAll(scrapeConfigFiles(pattern, jobs));
    }
    uniqueJobs(scrapeConfigs);
    AlertingConfig alerting =
        map.get("alerting")
            .map(value -> problems.read(() -> alerting(value.asMap(), jobs), AlertingConfig.NONE))
            .orElse(AlertingConfig.NONE);
    String remote = "Pharos keeps samples itself; use --engine=remote for another store";
    for (String key : List.of("remote_write", "remote_read")) {
      problems.check(() -> map.unsupported(key, remote));
    }
    problems.check(() -> map.unsupported("tracing", "Pharos writes no traces"));
    OtlpConfig otlp =
        map.get("otlp")
            .map(value -> problems.read(() -> otlp(value.asMap()), OtlpConfig.DEFAULT))
            .orElse(OtlpConfig.DEFAULT);
    StorageConfig storage =
        map.get("storage")
            .map(value -> problems.read(() -> storage(value.asMap()), StorageConfig.DEFAULT))
            .orElse(StorageConfig.DEFAULT);
    problems.check(() -> map.unsupported("runtime", "it tunes Go's runtime, Pharos runs on a JVM"));
    problems.check(map::finish);
    problems.raise();
    return new PrometheusConfig(global, ruleFiles, scrapeConfigs, alerting, otlp, storage);
  }

  private static StorageConfig storage(YamlMap map) {
    int exemplars =
        map.get("exemplars")
            .map(
                value -> {
                  YamlMap section = value.asMap();
                  // As in Prometheus, less than none is none.
                  int most =
                      Math.max(
                          0,
                          section.integer("max_exemplars", StorageConfig.DEFAULT.maxExemplars()));
                  section.finish();
                  return most;
                })
            .orElse(StorageConfig.DEFAULT.maxExemplars());
    Duration window =
        map.get("tsdb")
            .map(
                value -> {
                  YamlMap section = value.asMap();
                  Duration found = section.duration("out_of_order_time_window", Duration.ZERO);
                  section.unsupported("retention", "it is set by --storage.retention");
                  section.finish();
                  return found;
                })
            .orElse(Duration.ZERO);
    map.finish();
    return new StorageConfig(exemplars, window);
  }

  private OtlpConfig otlp(YamlMap map) {
    List<String> promoted = map.strings("promote_resource_attributes");
    boolean suffixes =
        switch (map.string("translation_strategy", "UnderscoreEscapingWithSuffixes")) {
          case "UnderscoreEscapingWithSuffixes" -> true;
          case "UnderscoreEscapingWithoutSuffixes" -> false;
          default ->
              throw map.require("translation_strategy")
                  .error(
                      "expected UnderscoreEscapingWithSuffixes or"
                          + " UnderscoreEscapingWithoutSuffixes, found "
                          + Quoted.of(map.string("translation_strategy", "")));
        };
    boolean keep = map.bool("keep_identifying_resource_attributes", false);
    for (String key :
        List.of(
            "promote_all_resource_attributes",
            "ignore_resource_attributes",
            "promote_scope_metadata",
            "convert_histograms_to_nhcb")) {
      map.unsupported(key, "promote_resource_attributes names what becomes labels");
    }
    map.finish();
    return new OtlpConfig(promoted, suffixes, keep);
  }

  private List<String> patterns(YamlMap map, String key) {
    return problems.read(
        () ->
            map.list(
                key,
                value -> {
                  String pattern = value.asString();
                  if (pattern.isEmpty() || !FilePattern.isValid(pattern)) {
                    throw value.error(
                        "expected a path with * in its last element only, found "
                            + Quoted.of(pattern));
                  }
                  return directory.resolve(pattern).normalize().toString();
                }),
        List.of());
  }

  private List<ScrapeConfig> scrapeConfigFiles(String pattern, ScrapeConfigReader jobs) {
    var found = new ArrayList<ScrapeConfig>();
    try {
      for (Path file : FilePattern.expand(pattern)) {
        problems.check(
            () -> {
              YamlMap map = YamlFile.parse(file.toString(), untabbed(text(file)));
              found.addAll(jobs.list(map, "scrape_configs"));
              map.finish();
            });
      }
    } catch (IOException e) {
      problems.add(new ConfigException(pattern, 0, 0, "files can't be listed: " + e));
    }
    return found;
  }

  private void uniqueJobs(List<ScrapeConfig> scrapeConfigs) {
    var first = new HashMap<String, ScrapeConfig.Place>();
    for (ScrapeConfig config : scrapeConfigs) {
      ScrapeConfig.Place other = first.putIfAbsent(config.jobName(), config.place());
      if (other != null) {
        problems.add(
            new ConfigException(
                config.place().file(),
                config.place().line(),
                0,
                "found job_name "
                    + Quoted.of(config.jobName())
                    + " again, expected one that is not taken by "
                    + other));
      }
    }
  }

  private PrometheusGlobalConfig global(YamlMap map) {
    PrometheusGlobalConfig otherwise = PrometheusGlobalConfig.DEFAULT;
    Duration interval = positive(map, "scrape_interval").orElse(otherwise.scrapeInterval());
    Duration timeout =
        positive(map, "scrape_timeout")
            .orElse(
                otherwise.scrapeTimeout().compareTo(interval) > 0
                    ? interval
                    : otherwise.scrapeTimeout());
    if (timeout.compareTo(interval) > 0) {
      problems.add(
          map.require("scrape_timeout")
              .error(
                  "found "
                      + map.string("scrape_timeout", "")
                      + ", which is longer than the "
                      + "scrape_interval"));
    }
    Duration evaluation =
        positive(map, "evaluation_interval").orElse(otherwise.evaluationInterval());
    Duration offset =
        problems.read(() -> map.duration("rule_query_offset", Duration.ZERO), Duration.ZERO);
    List<ScrapeProtocol> protocols =
        problems.read(
            () -> ScrapeConfigReader.protocols(map, otherwise.scrapeProtocols()),
            otherwise.scrapeProtocols());
    Labels external = problems.read(() -> externalLabels(map), Labels.empty());
    SampleLimits limits = LimitReader.read(map, SampleLimits.NONE, problems);
    HistogramConfig histograms = HistogramReader.inherited(map, problems);
    problems.check(() -> map.integer("keep_dropped_targets", 0));
    problems.check(
        () -> map.unsupported("query_log_file", "Pharos logs slow queries to its own log"));
    ScrapeConfigReader.refuseUnsupported(map, problems);
    problems.check(map::finish);
    return new PrometheusGlobalConfig(
        interval, timeout, protocols, evaluation, offset, external, limits, histograms);
  }

  /// A duration above zero; zero and absence are the same in Prometheus.
  private Optional<Duration> positive(YamlMap map, String key) {
    return problems.read(
        () -> map.get(key).map(YamlValue::asDuration).filter(value -> !value.isZero()),
        Optional.empty());
  }

  private Labels externalLabels(YamlMap map) {
    var labels = Labels.builder();
    for (var entry : map.stringMap("external_labels").entrySet()) {
      if (entry.getKey().isEmpty() || entry.getKey().equals(Labels.METRIC_NAME)) {
        throw map.require("external_labels")
            .error("found " + Quoted.of(entry.getKey()) + ", expected a label name");
      }
      labels.set(entry.getKey(), expand(entry.getValue()));
    }
    return labels.build();
  }

  private String expand(String text) {
    return VARIABLE
        .matcher(text)
        .replaceAll(
            match -> {
              String name = match.group(1) == null ? match.group(2) : match.group(1);
              String value = name == null ? "$" : environment.getOrDefault(name, "");
              return Matcher.quoteReplacement(requireNonNull(value));
            });
  }

  private AlertingConfig alerting(YamlMap map, ScrapeConfigReader jobs) {
    List<RelabelConfig> relabel = RelabelReader.list(map, "alert_relabel_configs", problems);
    var alertmanagers = new ArrayList<AlertingConfig.Alertmanagers>();
    List<YamlValue> items = problems.items(map, "alertmanagers");
    for (YamlValue item : items) {
      problems.check(() -> alertmanagers.add(alertmanager(item.asMap(), jobs)));
    }
    problems.check(map::finish);
    return new AlertingConfig(relabel, alertmanagers);
  }

  private AlertingConfig.Alertmanagers alertmanager(YamlMap map, ScrapeConfigReader jobs) {
    String version = problems.read(() -> map.string("api_version", "v2"), "v2");
    if (!version.equals("v2")) {
      problems.add(
          map.require("api_version").error("found " + Quoted.of(version) + ", expected v2"));
    }
    String scheme = jobs.scheme(map);
    String prefix = problems.read(() -> map.string("path_prefix", ""), "");
    Duration timeout = positive(map, "timeout").orElse(ALERTMANAGER_TIMEOUT);
    HttpOptions http = jobs.http(map);
    List<StaticConfig> staticConfigs = jobs.staticConfigs(map);
    List<FileSdConfig> fileSdConfigs = jobs.fileSdConfigs(map);
    List<RelabelConfig> relabel = RelabelReader.list(map, "relabel_configs", problems);
    List<RelabelConfig> alertRelabel = RelabelReader.list(map, "alert_relabel_configs", problems);
    jobs.refuseOtherDiscovery(map, Set.of("file_sd_configs"));
    problems.check(() -> map.unsupported("sigv4", "AWS signatures are not made"));
    problems.check(map::finish);
    return new AlertingConfig.Alertmanagers(
        new ScrapeConfig.Place(map.file(), map.line()),
        scheme,
        prefix,
        timeout,
        http,
        staticConfigs,
        fileSdConfigs,
        relabel,
        alertRelabel);
  }
}
