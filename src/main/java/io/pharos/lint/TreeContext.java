package io.pharos.lint;

import static java.util.Objects.requireNonNull;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.AlertingConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The versioned files beside the rules, as far as they could be read: what is wrong with one must
/// not be told again by what depends on it.
///
/// @param prometheusFile the configuration, which paths in findings begin from
/// @param prometheus empty where it can't be read
/// @param notificationsFile `alertmanager.yml`
/// @param notifications empty where it, or `pharos.yml`, can't be read
/// @param rules the rule files that can be read
/// @param complete whether these are all
/// @param ruleFiles all rule files that stand in their folder, read or not
/// @param tests unit tests of rules that can be read
/// @param targets files of targets that can be read
/// @param probes probe files that can be read
/// @param probesComplete whether these are all
/// @param gates gate policies that can be read
/// @param dashboardFiles dashboards that are JSON
/// @param dashboardsComplete whether these are all
/// @param provisioning provisioning files that are YAML
/// @param compose what tells where containers see folders; need not exist
public record TreeContext(
    Path prometheusFile,
    Optional<PrometheusConfig> prometheus,
    Path notificationsFile,
    Optional<AlertmanagerConfig> notifications,
    List<RuleLint.Source> rules,
    boolean complete,
    List<Path> ruleFiles,
    List<Path> tests,
    List<Path> targets,
    List<Path> probes,
    boolean probesComplete,
    List<Path> gates,
    List<Path> dashboardFiles,
    boolean dashboardsComplete,
    List<Path> provisioning,
    Path compose) {
  public TreeContext {
    requireNonNull(prometheusFile, "prometheusFile is null");
    requireNonNull(notificationsFile, "notificationsFile is null");
    rules = List.copyOf(rules);
    ruleFiles = List.copyOf(ruleFiles);
    tests = List.copyOf(tests);
    targets = List.copyOf(targets);
    probes = List.copyOf(probes);
    gates = List.copyOf(gates);
    dashboardFiles = List.copyOf(dashboardFiles);
    provisioning = List.copyOf(provisioning);
  }

  /// Whether nobody is named who could be told of alerts: there is no file for Pharos, and no
  /// Alertmanager for a Prometheus.
  public boolean isNobodyNamed() {
    return (notificationsFile.toString().isEmpty() || !Files.exists(notificationsFile))
        && prometheus
            .filter(
                config ->
                    config.alerting().alertmanagers().stream().noneMatch(TreeContext::isSomebody))
            .isPresent();
  }

  private static boolean isSomebody(AlertingConfig.Alertmanagers group) {
    return !group.fileSdConfigs().isEmpty()
        || group.staticConfigs().stream().anyMatch(it -> !it.targets().isEmpty());
  }
}
