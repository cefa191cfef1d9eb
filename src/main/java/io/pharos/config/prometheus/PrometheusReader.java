package io.pharos.config.prometheus;

import static java.util.Objects.requireNonNull;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Problems;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.model.Labels;
import io.pharos.model.Quoted;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Reads the top level of the file and the sections `global` and `alerting`.
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

  /// Replaces tabs in JSON by spaces. JSON may be indented by tabs, but the YAML parser refuses
  /// them.
  static String untabbed(String text) {
    String start = text.stripLeading();
    return start.startsWith("{") || start.startsWith("[") ? text.replace('\t', ' ') : text;
  }

  PrometheusConfig read(String name, String text) {
    YamlMap map = YamlFile.parse(name, untabbed(text));
    PrometheusGlobalConfig global =
        section(map, "global", this::global, PrometheusGlobalConfig.DEFAULT);
    List<String> ruleFiles = patterns(map, "rule_files");
    var jobs = new ScrapeConfigReader(directory, global, problems);
    var scrapeConfigs = new ArrayList<>(jobs.list(map, "scrape_configs"));
    for (String pattern : patterns(map, "scrape_config_files")) {
      scrapeConfigs.addAll(scrapeConfigFiles(pattern, jobs));
    }
    uniqueJobs(scrapeConfigs);
    AlertingConfig alerting =
        section(map, "alerting", value -> alerting(value, jobs), AlertingConfig.NONE);
    String remote = "Pharos stores samples itself; use --engine=remote for another store";
    problems.unsupported(map, "remote_write", remote);
    problems.unsupported(map, "remote_read", remote);
    problems.unsupported(map, "tracing", "Pharos does not write traces; remove the section");
    OtlpConfig otlp = section(map, "otlp", PrometheusReader::otlp, OtlpConfig.DEFAULT);
    StorageConfig storage =
        section(map, "storage", PrometheusReader::storage, StorageConfig.DEFAULT);
    problems.unsupported(
        map, "runtime", "it configures Go's runtime, and Pharos runs on a JVM; remove the section");
    problems.check(map::finish);
    problems.raise();
    return new PrometheusConfig(global, ruleFiles, scrapeConfigs, alerting, otlp, storage);
  }

  private <T> T section(YamlMap map, String key, Function<YamlMap, T> reader, T defaultValue) {
    return map.get(key)
        .map(value -> problems.read(() -> reader.apply(value.asMap()), defaultValue))
        .orElse(defaultValue);
  }

  private static StorageConfig storage(YamlMap map) {
    // As in Prometheus, a negative number means that no exemplars are stored.
    int exemplars =
        part(
                map,
                "exemplars",
                section -> section.integer("max_exemplars", StorageConfig.DEFAULT.maxExemplars()))
            .map(number -> Math.max(0, number))
            .orElse(StorageConfig.DEFAULT.maxExemplars());
    Optional<Duration> window =
        part(
            map,
            "tsdb",
            section -> {
              Duration tolerance = section.duration("out_of_order_time_window", Duration.ZERO);
              section.unsupported("retention", "set it by --storage.retention");
              return tolerance;
            });
    map.finish();
    return new StorageConfig(exemplars, window.orElse(Duration.ZERO));
  }

  private static <T> Optional<T> part(YamlMap map, String key, Function<YamlMap, T> reader) {
    return map.get(key)
        .map(YamlValue::asMap)
        .map(section -> section.finished(reader.apply(section)));
  }

  private static OtlpConfig otlp(YamlMap map) {
    List<String> promoted = map.strings("promote_resource_attributes");
    boolean suffixes =
        switch (map.string("translation_strategy", "UnderscoreEscapingWithSuffixes")) {
          case "UnderscoreEscapingWithSuffixes" -> true;
          case "UnderscoreEscapingWithoutSuffixes" -> false;
          case String other ->
              throw map.require("translation_strategy")
                  .error(
                      "expected UnderscoreEscapingWithSuffixes or"
                          + " UnderscoreEscapingWithoutSuffixes, found "
                          + Quoted.of(other));
        };
    boolean keep = map.bool("keep_identifying_resource_attributes", false);
    for (String key :
        List.of(
            "promote_all_resource_attributes",
            "ignore_resource_attributes",
            "promote_scope_metadata",
            "convert_histograms_to_nhcb")) {
      map.unsupported(key, "list the attributes in promote_resource_attributes");
    }
    map.finish();
    return new OtlpConfig(promoted, suffixes, keep);
  }

  private List<String> patterns(YamlMap map, String key) {
    return problems.read(() -> map.list(key, this::pattern), List.of());
  }

  private String pattern(YamlValue value) {
    String pattern = value.asString();
    if (pattern.isEmpty() || !FilePattern.isValid(pattern)) {
      throw value.error(
          "expected a path with * in its last element only, found " + Quoted.of(pattern));
    }
    return directory.resolve(pattern).normalize().toString();
  }

  private List<ScrapeConfig> scrapeConfigFiles(String pattern, ScrapeConfigReader jobs) {
    var found = new ArrayList<ScrapeConfig>();
    try {
      for (Path file : FilePattern.expand(pattern)) {
        problems.check(
            () -> {
              YamlMap map =
                  YamlFile.parsed(file, text -> YamlFile.parse(file.toString(), untabbed(text)));
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
                "job_name %s is already used by %s".formatted(Quoted.of(config.jobName()), other)));
      }
    }
  }

  private PrometheusGlobalConfig global(YamlMap map) {
    PrometheusGlobalConfig defaults = PrometheusGlobalConfig.DEFAULT;
    Duration interval = positive(map, "scrape_interval").orElse(defaults.scrapeInterval());
    Duration defaultTimeout = defaults.scrapeTimeout();
    Duration timeout =
        positive(map, "scrape_timeout")
            .orElse(defaultTimeout.compareTo(interval) > 0 ? interval : defaultTimeout);
    if (timeout.compareTo(interval) > 0) {
      YamlValue value = map.require("scrape_timeout");
      problems.add(
          value.error("found " + value.asString() + ", which is longer than the scrape_interval"));
    }
    Duration evaluation =
        positive(map, "evaluation_interval").orElse(defaults.evaluationInterval());
    Duration offset =
        problems.read(() -> map.duration("rule_query_offset", Duration.ZERO), Duration.ZERO);
    List<ScrapeProtocol> protocols =
        problems.read(
            () -> ScrapeConfigReader.protocols(map, defaults.scrapeProtocols()),
            defaults.scrapeProtocols());
    Labels external = problems.read(() -> externalLabels(map), Labels.empty());
    SampleLimits limits = SampleLimits.read(map, SampleLimits.NONE, problems);
    HistogramConfig histograms = HistogramConfig.inherited(map, problems);
    problems.check(() -> map.integer("keep_dropped_targets", 0));
    problems.unsupported(
        map, "query_log_file", "Pharos logs slow queries to its own log; remove the key");
    ScrapeConfigReader.refuseUnsupported(map, problems);
    problems.check(map::finish);
    return new PrometheusGlobalConfig(
        interval, timeout, protocols, evaluation, offset, external, limits, histograms);
  }

  private Optional<Duration> positive(YamlMap map, String key) {
    return ScrapeConfigReader.duration(map, key, problems);
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
    List<RelabelConfig> relabel = RelabelConfig.list(map, "alert_relabel_configs", problems);
    List<AlertingConfig.Alertmanagers> alertmanagers =
        problems.list(map, "alertmanagers", item -> alertmanager(item.asMap(), jobs));
    problems.check(map::finish);
    return new AlertingConfig(relabel, alertmanagers);
  }

  private AlertingConfig.Alertmanagers alertmanager(YamlMap map, ScrapeConfigReader jobs) {
    String version = problems.read(() -> map.string("api_version", "v2"), "v2");
    if (!version.equals("v2")) {
      problems.add(
          map.require("api_version").error("found " + Quoted.of(version) + ", expected v2"));
    }
    var alertmanagers =
        new AlertingConfig.Alertmanagers(
            new ScrapeConfig.Place(map.file(), map.line()),
            jobs.scheme(map),
            problems.read(() -> map.string("path_prefix", ""), ""),
            positive(map, "timeout").orElse(ALERTMANAGER_TIMEOUT),
            jobs.http(map),
            jobs.staticConfigs(map),
            jobs.fileSdConfigs(map),
            RelabelConfig.list(map, "relabel_configs", problems),
            RelabelConfig.list(map, "alert_relabel_configs", problems));
    jobs.refuseOtherDiscovery(map, Set.of("file_sd_configs"));
    problems.unsupported(map, "sigv4", "Pharos does not sign requests for AWS; remove the section");
    problems.check(map::finish);
    return alertmanagers;
  }
}
