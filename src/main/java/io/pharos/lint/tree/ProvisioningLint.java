package io.pharos.lint.tree;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.Suggestion;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import io.pharos.config.yaml.YamlValue;
import io.pharos.lint.Findings;
import io.pharos.lint.LintCheck;
import io.pharos.model.Quoted;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/// Checks Grafana's provisioning files for keys that Grafana ignores, and for missing folders and
/// data sources.
final class ProvisioningLint {
  private static final List<String> TOP =
      List.of("apiVersion", "providers", "prune", "datasources", "deleteDatasources");
  private static final Set<String> PROVIDER =
      Set.of(
          "name",
          "orgId",
          "folder",
          "folderUid",
          "type",
          "disableDeletion",
          "editable",
          "allowUiUpdates",
          "updateIntervalSeconds",
          "options");
  private static final Set<String> OPTIONS = Set.of("path", "foldersFromFilesStructure");
  private static final Set<String> SOURCE =
      Set.of(
          "name",
          "type",
          "typeLogoUrl",
          "uid",
          "access",
          "orgId",
          "url",
          "user",
          "database",
          "basicAuth",
          "basicAuthUser",
          "withCredentials",
          "isDefault",
          "jsonData",
          "secureJsonData",
          "readOnly",
          "editable",
          "version",
          "correlations",
          "apiVersion");
  private static final List<String> TYPES =
      List.of(
          "prometheus",
          "loki",
          "alertmanager",
          "tempo",
          "jaeger",
          "zipkin",
          "influxdb",
          "graphite",
          "elasticsearch",
          "postgres",
          "mysql",
          "mssql",
          "cloudwatch",
          "testdata");
  private static final List<String> JSON_DATA =
      List.of(
          "httpMethod",
          "timeInterval",
          "queryTimeout",
          "prometheusType",
          "prometheusVersion",
          "manageAlerts",
          "alertmanagerUid",
          "implementation",
          "handleGrafanaManagedAlerts",
          "maxLines",
          "derivedFields",
          "cacheLevel",
          "incrementalQuerying",
          "disableMetricsLookup",
          "exemplarTraceIdDestinations",
          "customQueryParameters",
          "tlsAuth",
          "tlsAuthWithCACert",
          "tlsSkipVerify",
          "serverName",
          "oauthPassThru",
          "httpHeaderName1",
          "keepCookies");
  private static final List<String> FIELD =
      List.of(
          "name",
          "matcherRegex",
          "matcherType",
          "url",
          "urlDisplayLabel",
          "datasourceUid",
          "targetBlank");

  private final Path compose;
  private final Findings findings;
  private final Map<String, Integer> uids = new HashMap<>();
  private final Map<String, YamlValue> references = new HashMap<>();

  ProvisioningLint(Path compose, Findings findings) {
    this.compose = compose;
    this.findings = findings;
  }

  /// Returns the uids of the provisioned data sources.
  Set<String> sources() {
    return new TreeSet<>(uids.keySet());
  }

  /// Reports references to missing data sources.
  void finish() {
    references.forEach(
        (uid, value) -> {
          if (!uids.containsKey(uid)) {
            findings.warn(
                LintCheck.GRAFANA_PROVISIONING,
                value,
                "unknown data source " + Quoted.of(uid) + Suggestion.of(uid, uids.keySet()));
          }
        });
  }

  /// Checks a file.
  void check(Path file) {
    YamlMap map = YamlFile.read(file);
    keys(map, TOP);
    map.items("providers").forEach(provider -> provider(provider.asMap()));
    for (YamlValue source : map.items("datasources")) {
      source(source.asMap());
    }
  }

  private void provider(YamlMap map) {
    keys(map, PROVIDER);
    flags(map, List.of("disableDeletion", "allowUiUpdates", "editable"));
    requireKey(map, "name");
    map.get("type")
        .filter(type -> !type.asString().equals("file"))
        .ifPresent(type -> wrong(type, "type: expected file, found " + Quoted.of(type.asString())));
    map.get("updateIntervalSeconds").ifPresent(this::requireWholeNumber);
    if (!map.has("options")) {
      if (map.keys().stream().allMatch(PROVIDER::contains)) {
        wrong(
            map.require("name"),
            "the provider has no options.path, so it finds no dashboards; set options.path");
      }
      return;
    }
    YamlMap options = map.require("options").asMap();
    keys(options, OPTIONS);
    flags(options, List.of("foldersFromFilesStructure"));
    options.get("path").ifPresent(this::path);
  }

  /* Reports a folder that exists neither here nor in a container. */
  private void path(YamlValue path) {
    if (Files.isDirectory(Path.of(path.asString()))) {
      return;
    }
    Set<String> mounts = mounts();
    if (!mounts.isEmpty()
        && mounts.stream()
            .noneMatch(
                mount ->
                    path.asString().equals(mount) || path.asString().startsWith(mount + "/"))) {
      wrong(
          path,
          "the folder "
              + Quoted.of(path.asString())
              + " exists neither here nor in a container of "
              + compose
              + Suggestion.of(path.asString(), mounts));
    }
  }

  private Set<String> mounts() {
    var mounts = new TreeSet<String>();
    if (!Files.exists(compose)) {
      return mounts;
    }
    try {
      YamlMap services = YamlFile.read(compose).require("services").asMap();
      for (String name : services.keys()) {
        for (YamlValue volume : services.require(name).asMap().items("volumes")) {
          if (volume.isScalar()) {
            String[] parts = volume.asString().split(":");
            if (parts.length > 1 && parts[0].startsWith(".")) {
              mounts.add(parts[1]);
            }
          } else if (volume.isMap()) {
            volume.asMap().get("target").map(YamlValue::asString).ifPresent(mounts::add);
          }
        }
      }
    } catch (ConfigException _) { // Docker reports this error
      return new TreeSet<>();
    }
    return mounts;
  }

  private void source(YamlMap map) {
    keys(map, SOURCE);
    flags(map, List.of("isDefault", "editable", "basicAuth", "withCredentials"));
    requireKey(map, "name");
    requireKey(map, "type");
    map.get("type")
        .filter(type -> !TYPES.contains(type.asString()))
        .ifPresent(
            type ->
                Suggestion.nearest(type.asString(), TYPES)
                    .ifPresent(
                        near ->
                            wrong(
                                type,
                                "unknown data source type %s: did you mean %s?"
                                    .formatted(Quoted.of(type.asString()), Quoted.of(near)))));
    map.get("access").ifPresent(access -> requireOneOf(access, List.of("proxy", "direct")));
    map.get("uid")
        .ifPresent(
            uid -> {
              Integer other = uids.putIfAbsent(uid.asString(), uid.line());
              if (other != null) {
                wrong(
                    uid,
                    "the uid " + Quoted.of(uid.asString()) + " is already used in line " + other);
              }
            });
    map.get("url")
        .filter(url -> !url.asString().matches("(https?://|\\$).*"))
        .ifPresent(
            url ->
                wrong(
                    url, "url: expected an http or https URL, found " + Quoted.of(url.asString())));
    map.get("jsonData").map(YamlValue::asMap).ifPresent(this::jsonData);
  }

  private void jsonData(YamlMap map) {
    for (String key : map.keys()) {
      if (!JSON_DATA.contains(key) && Suggestion.nearest(key, JSON_DATA).isPresent()) {
        unknown(map, key, JSON_DATA);
      }
    }
    map.get("httpMethod").ifPresent(method -> requireOneOf(method, List.of("GET", "POST")));
    map.get("alertmanagerUid").ifPresent(uid -> references.put(uid.asString(), uid));
    for (YamlValue field : map.items("derivedFields")) {
      keys(field.asMap(), FIELD);
      field
          .asMap()
          .get("matcherRegex")
          .ifPresent(
              regex -> {
                try {
                  Pattern.compile(regex.asString());
                } catch (PatternSyntaxException e) {
                  wrong(
                      regex, "matcherRegex: expected a regular expression: " + e.getDescription());
                }
              });
    }
  }

  private void requireOneOf(YamlValue value, List<String> expected) {
    if (!expected.contains(value.asString())) {
      wrong(
          value,
          "expected "
              + String.join(" or ", expected)
              + ", found "
              + Quoted.of(value.asString())
              + Suggestion.of(value.asString(), expected));
    }
  }

  private void requireWholeNumber(YamlValue value) {
    if (!value.asString().matches("[0-9]+")) {
      wrong(value, "expected a whole number, found " + Quoted.of(value.asString()));
    }
  }

  private void flags(YamlMap map, List<String> names) {
    for (String name : names) {
      map.get(name).ifPresent(flag -> requireOneOf(flag, List.of("true", "false")));
    }
  }

  private void requireKey(YamlMap map, String key) {
    boolean mistyped =
        map.keys().stream()
            .anyMatch(
                name -> !name.equals(key) && Suggestion.nearest(name, List.of(key)).isPresent());
    if (!map.has(key) && !mistyped) {
      findings.warn(
          LintCheck.GRAFANA_PROVISIONING,
          map.file(),
          map.line(),
          "the key " + Quoted.of(key) + " is missing");
    }
  }

  private void keys(YamlMap map, Collection<String> known) {
    for (String key : map.keys()) {
      if (!known.contains(key)) {
        unknown(map, key, known);
      }
    }
  }

  private void unknown(YamlMap map, String key, Collection<String> known) {
    findings.warn(
        LintCheck.GRAFANA_PROVISIONING,
        map.file(),
        map.line(key),
        "Grafana ignores the key " + Quoted.of(key) + Suggestion.of(key, known));
  }

  private void wrong(YamlValue value, String message) {
    findings.warn(LintCheck.GRAFANA_PROVISIONING, value, message);
  }
}
