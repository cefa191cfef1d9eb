package io.pharos.server.app;

import static java.util.Objects.requireNonNull;

import io.pharos.access.Tokens;
import io.pharos.alerting.Channels;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.TemplateCheck;
import io.pharos.callback.CallbackFile;
import io.pharos.callback.CallbackTarget;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ShownConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.GatePolicies;
import io.pharos.ingest.fleet.FleetConfig;
import io.pharos.ingest.fleet.FleetFile;
import io.pharos.ingest.login.LoginFile;
import io.pharos.ingest.login.LoginSet;
import io.pharos.lint.VersionedFolders;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.promql.engine.Feature;
import io.pharos.rollout.RolloutPolicies;
import io.pharos.rules.RuleFile;
import io.pharos.tap.RoutePattern;
import io.pharos.tap.RoutesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

/// Everything that people edit, read together: all files or none.
///
/// @param logRules those whose expressions are LogQL
record VersionedFiles(
    PrometheusConfig prometheus,
    String prometheusText,
    List<RuleFile> rules,
    List<RuleFile> logRules,
    AlertmanagerConfig notifications,
    List<ProbeConfig> probes,
    GatePolicies gates,
    List<CallbackTarget> callbacks,
    LoginSet logins,
    FleetConfig fleet,
    RolloutPolicies rollouts,
    Tokens tokens) {

  VersionedFiles {
    requireNonNull(prometheus, "prometheus is null");
    requireNonNull(notifications, "notifications is null");
    rules = List.copyOf(rules);
    logRules = List.copyOf(logRules);
    probes = List.copyOf(probes);
    callbacks = List.copyOf(callbacks);
  }

  /// Reads the files that the options name.
  ///
  /// @throws ConfigException with every problem of every file
  static VersionedFiles read(ServeOptions options) {
    var problems = new ArrayList<ConfigException.Problem>();
    PrometheusConfig prometheus =
        collect(
            problems,
            PrometheusConfig.EMPTY,
            () -> options.configFile().map(PrometheusConfig::read).orElse(PrometheusConfig.EMPTY));
    List<RuleFile> rules =
        collect(
            problems,
            List.of(),
            () ->
                RuleFile.readAll(
                    prometheus.expandRuleFiles(),
                    Feature.parserOptions(options.query().features())));
    List<RuleFile> logRules =
        collect(
            problems,
            List.of(),
            () -> RuleFile.readAll(prometheus.expandLogRuleFiles(), RuleFile::readLogRules));
    Optional<AlertmanagerConfig> notifications =
        collect(
            problems,
            Optional.empty(),
            () -> Optional.of(Channels.load(options.notificationsFile())));
    notifications.ifPresent(
        config ->
            collect(problems, true, () -> checkTemplates(options.notificationsFile(), config)));
    List<ProbeConfig> probes =
        options.configFile().isEmpty()
            ? List.of()
            : collect(problems, List.of(), () -> ProbeFile.readAll(yamlFiles(options.probesDir())));
    GatePolicies gates =
        exists(options.gatesDir())
            ? collect(problems, GatePolicies.none(), () -> GatePolicies.read(options.gatesDir()))
            : GatePolicies.none();
    List<CallbackTarget> callbacks =
        collect(problems, List.of(), () -> CallbackFile.read(options.callbacksFile()));
    LoginSet logins = collect(problems, LoginSet.NONE, () -> LoginFile.read(options.loginsFile()));
    FleetConfig fleet =
        collect(problems, FleetConfig.NONE, () -> FleetFile.read(options.fleetFile()));
    RolloutPolicies rollouts =
        exists(options.rolloutsDir())
            ? collect(
                problems, RolloutPolicies.none(), () -> RolloutPolicies.read(options.rolloutsDir()))
            : RolloutPolicies.none();
    Tokens tokens =
        collect(
            problems,
            Tokens.none(),
            () -> options.access().tokensFile().map(Tokens::read).orElse(Tokens.none()));
    options.tap().ifPresent(tap -> collect(problems, List.of(), () -> routes(tap.routes())));
    if (!problems.isEmpty() || notifications.isEmpty()) {
      throw new ConfigException(problems);
    }
    return new VersionedFiles(
        prometheus,
        options.configFile().map(VersionedFiles::text).orElse(""),
        rules,
        logRules,
        notifications.get(),
        probes,
        gates,
        callbacks,
        logins,
        fleet,
        rollouts,
        tokens);
  }

  /// The Prometheus configuration as people may see it: secrets that stand in it are masked.
  String shownPrometheus() {
    return ShownConfig.of(prometheusText);
  }

  private static <T> T collect(
      List<ConfigException.Problem> problems, T otherwise, Supplier<T> reading) {
    try {
      return reading.get();
    } catch (ConfigException e) {
      problems.addAll(e.problems());
      return otherwise;
    }
  }

  /* The tap reads them by itself: its file is looked at more often. */
  private static List<RoutePattern> routes(Path file) {
    return RoutesFile.read(file).patterns();
  }

  private static boolean checkTemplates(Path file, AlertmanagerConfig notifications) {
    List<TemplateCheck.BadText> problems =
        TemplateCheck.problems(notifications, templates(file, notifications));
    if (!problems.isEmpty()) {
      throw new ConfigException(
          problems.stream()
              .map(bad -> new ConfigException.Problem(file.toString(), 0, 0, bad.toString()))
              .toList());
    }
    return true;
  }

  /// The templates that a notification configuration names.
  static MessageTemplates templates(Path file, AlertmanagerConfig notifications) {
    try {
      return MessageTemplates.load(notifications);
    } catch (IOException | RuntimeException e) {
      throw new ConfigException(file.toString(), 0, 0, "templates: " + e.getMessage());
    }
  }

  /// Whether there is such a folder; an empty name is none.
  private static boolean exists(Path folder) {
    return !folder.toString().isEmpty() && Files.isDirectory(folder);
  }

  /// The `.yml` and `.yaml` files of a folder, sorted; none where there is no such folder.
  static List<Path> yamlFiles(Path folder) {
    return VersionedFolders.files(folder, ".yml", ".yaml");
  }

  private static String text(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new ConfigException(file.toString(), 0, 0, "can't be read: " + e);
    }
  }
}
