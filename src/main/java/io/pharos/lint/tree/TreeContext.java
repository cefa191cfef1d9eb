package io.pharos.lint.tree;

import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.AlertingConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.lint.rule.RuleLint;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/// The versioned files that checks compare with each other. Files that could not be read are left
/// out, except from `ruleFiles`, so that checks do not report the consequences of a problem that is
/// already reported.
///
/// @param prometheusFile the configuration file; paths in findings are relative to it
/// @param prometheus empty if the file can't be read
/// @param notificationsFile `alertmanager.yml`
/// @param notifications empty if this file or `pharos.yml` can't be read
/// @param ways receivers that `oncall.yml` names as ways to people
/// @param rules readable rule files
/// @param complete whether all rule files are readable
/// @param ruleFiles all files in the folders of PromQL rules, readable or not
/// @param tests readable unit tests of rules
/// @param targets readable target files
/// @param probes readable probe files
/// @param probesComplete whether all probe files are readable
/// @param gates readable gate policies
/// @param objectives readable objectives
/// @param dashboardFiles dashboards that are valid JSON
/// @param dashboardsComplete whether all dashboards are valid JSON
/// @param provisioning provisioning files that are valid YAML
/// @param compose the Docker Compose file, which defines the mounts of containers; need not exist
public record TreeContext(
    Path prometheusFile,
    Optional<PrometheusConfig> prometheus,
    Path notificationsFile,
    Optional<AlertmanagerConfig> notifications,
    Set<String> ways,
    List<RuleLint.Source> rules,
    boolean complete,
    List<Path> ruleFiles,
    List<Path> tests,
    List<Path> targets,
    List<Path> probes,
    boolean probesComplete,
    List<Path> gates,
    List<Path> objectives,
    List<Path> dashboardFiles,
    boolean dashboardsComplete,
    List<Path> provisioning,
    Path compose) {
  public TreeContext {
    ways = Set.copyOf(ways);
    rules = List.copyOf(rules);
    ruleFiles = List.copyOf(ruleFiles);
    tests = List.copyOf(tests);
    targets = List.copyOf(targets);
    probes = List.copyOf(probes);
    gates = List.copyOf(gates);
    objectives = List.copyOf(objectives);
    dashboardFiles = List.copyOf(dashboardFiles);
    provisioning = List.copyOf(provisioning);
  }

  /// Returns whether alerts have no recipient: `alertmanager.yml` does not exist, and the
  /// Prometheus configuration names no Alertmanager.
  public boolean hasNoRecipients() {
    return (notificationsFile.toString().isEmpty() || !Files.exists(notificationsFile))
        && prometheus
            .filter(
                config ->
                    config.alerting().alertmanagers().stream().noneMatch(TreeContext::hasTargets))
            .isPresent();
  }

  private static boolean hasTargets(AlertingConfig.Alertmanagers group) {
    return !group.fileSdConfigs().isEmpty()
        || group.staticConfigs().stream().anyMatch(targets -> !targets.targets().isEmpty());
  }
}
