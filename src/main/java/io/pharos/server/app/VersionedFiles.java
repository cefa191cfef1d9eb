package io.pharos.server.app;

import io.pharos.access.AccountMode;
import io.pharos.access.People;
import io.pharos.access.Tokens;
import io.pharos.alerting.Channels;
import io.pharos.alerting.message.MessageTemplates;
import io.pharos.alerting.message.TemplateCheck;
import io.pharos.callback.CallbackFile;
import io.pharos.callback.CallbackTarget;
import io.pharos.cli.serve.AccessOptions;
import io.pharos.cli.serve.ServeOptions;
import io.pharos.config.alertmanager.AlertmanagerConfig;
import io.pharos.config.alertmanager.ReceiverConfig;
import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.prometheus.ShownConfig;
import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlFile;
import io.pharos.gate.deployment.PolicySet;
import io.pharos.gate.policy.GatePolicy;
import io.pharos.ingest.fleet.FleetConfig;
import io.pharos.ingest.fleet.FleetFile;
import io.pharos.ingest.login.LoginFile;
import io.pharos.limits.heap.MemoryBound;
import io.pharos.limits.heap.MemoryBounds;
import io.pharos.lint.VersionedFolders;
import io.pharos.oncall.schedule.OnCallFile;
import io.pharos.oncall.schedule.OnCallPlan;
import io.pharos.probe.ProbeConfig;
import io.pharos.probe.ProbeFile;
import io.pharos.promql.engine.query.Feature;
import io.pharos.rollout.RolloutPolicy;
import io.pharos.rules.RuleFile;
import io.pharos.server.api.ServiceStatus;
import io.pharos.server.web.design.PageText;
import io.pharos.tap.RoutePattern;
import io.pharos.tap.RoutesFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The configuration files that people edit. They are read together: if one is invalid, none is
/// used.
///
/// @param prometheusText content of the Prometheus configuration; empty without such a file
/// @param logRules rules whose expressions are LogQL
record VersionedFiles(
    PrometheusConfig prometheus,
    String prometheusText,
    List<RuleFile> rules,
    List<RuleFile> logRules,
    AlertmanagerConfig notifications,
    List<ProbeConfig> probes,
    PolicySet<GatePolicy> gates,
    List<CallbackTarget> callbacks,
    LoginFile.LoginSet logins,
    FleetConfig fleet,
    PolicySet<RolloutPolicy> rollouts,
    Tokens tokens,
    People people,
    OnCallPlan onCall) {

  VersionedFiles {
    rules = List.copyOf(rules);
    logRules = List.copyOf(logRules);
    probes = List.copyOf(probes);
    callbacks = List.copyOf(callbacks);
  }

  /// Reads the files that the options name.
  ///
  /// @throws ConfigException with all problems of all files
  static VersionedFiles read(ServeOptions options) {
    var reader = new Reader();
    PrometheusConfig prometheus =
        reader.read(
            PrometheusConfig.EMPTY,
            () ->
                options
                    .configFile()
                    .map(file -> config(file, options))
                    .orElse(PrometheusConfig.EMPTY));
    List<RuleFile> rules =
        reader.read(
            List.of(),
            () ->
                RuleFile.readAll(
                    prometheus.expandRuleFiles(),
                    Feature.parserOptions(options.query().features())));
    List<RuleFile> logRules =
        reader.read(
            List.of(),
            () -> RuleFile.readAll(prometheus.expandLogRuleFiles(), RuleFile::readLogRules));
    Optional<AlertmanagerConfig> notifications = reader.notifications(options);
    List<ProbeConfig> probes =
        options.configFile().isEmpty()
            ? List.of()
            : reader.read(List.of(), () -> ProbeFile.readAll(yamlFiles(options.probesDir())));
    PolicySet<GatePolicy> gates =
        reader.folder(options.gatesDir(), PolicySet.<GatePolicy>none(), GatePolicy.FILES::read);
    List<CallbackTarget> callbacks =
        reader.read(List.of(), () -> CallbackFile.read(options.callbacksFile()));
    LoginFile.LoginSet logins =
        reader.read(LoginFile.LoginSet.NONE, () -> LoginFile.read(options.loginsFile()));
    FleetConfig fleet = reader.read(FleetConfig.NONE, () -> FleetFile.read(options.fleetFile()));
    PolicySet<RolloutPolicy> rollouts =
        reader.folder(
            options.rolloutsDir(), PolicySet.<RolloutPolicy>none(), RolloutPolicy.FILES::read);
    Tokens tokens = reader.read(Tokens.none(), () -> tokens(options.access()));
    People people = reader.read(People.NONE, () -> people(options.access()));
    OnCallPlan onCall =
        reader.read(
            OnCallPlan.NONE, () -> onCall(options.notificationsFile(), notifications, people));
    reader.checkRoutes(options);
    reader.read(true, () -> checkSize(rules, logRules, options.limits()));
    List<RuleFile> withHysteresis = reader.withHysteresis(notifications, rules, logRules);
    return new VersionedFiles(
        prometheus,
        options.configFile().map(YamlFile::text).orElse(""),
        withHysteresis,
        logRules,
        reader.finish(notifications),
        probes,
        gates,
        callbacks,
        logins,
        fleet,
        rollouts,
        tokens,
        people,
        onCall);
  }

  private static OnCallPlan onCall(
      Path notificationsFile, Optional<AlertmanagerConfig> notifications, People people) {
    Optional<Set<String>> receivers =
        notifications.map(
            it -> it.receivers().stream().map(ReceiverConfig::name).collect(Collectors.toSet()));
    return OnCallFile.read(
        OnCallFile.beside(notificationsFile),
        new OnCallFile.Surroundings(receivers, people, Instant.now()));
  }

  private static Tokens tokens(AccessOptions options) {
    return options.tokensFile().map(Tokens::read).orElse(Tokens.none());
  }

  private static People people(AccessOptions options) {
    if (options.mode() == AccountMode.NONE) {
      return People.NONE;
    }
    People people = People.read(options.peopleFile());
    if (options.mode() == AccountMode.OIDC && people.oidc().isEmpty()) {
      throw new ConfigException(
          options.peopleFile().toString(),
          0,
          0,
          "--web.auth=oidc needs the section oidc with the identity provider");
    }
    return people;
  }

  /* The shipped configuration names the usual address of Pharos; a demo scrapes its own. */
  private static PrometheusConfig config(Path file, ServeOptions options) {
    String host =
        List.of("0.0.0.0", "[::]").contains(options.host()) ? "127.0.0.1" : options.host();
    return options.demo()
        ? PrometheusConfig.read(
            file, text -> text.replace("127.0.0.1:9095", host + ":" + options.port()))
        : PrometheusConfig.read(file);
  }

  /// Reads files one after another and collects their problems.
  private static final class Reader {
    private final List<ConfigException.Problem> problems = new ArrayList<>();

    <T> T read(T otherwise, Supplier<T> reading) {
      try {
        return reading.get();
      } catch (ConfigException e) {
        problems.addAll(e.problems());
        return otherwise;
      }
    }

    <T> T folder(Path folder, T none, Function<Path, T> reading) {
      return exists(folder) ? read(none, () -> reading.apply(folder)) : none;
    }

    Optional<AlertmanagerConfig> notifications(ServeOptions options) {
      Path file = options.notificationsFile();
      Optional<AlertmanagerConfig> config =
          read(Optional.empty(), () -> Optional.of(Channels.load(file, options.messages())));
      config.ifPresent(it -> read(true, () -> checkTemplates(file, it)));
      return config;
    }

    /// Returns the rules with their hysteresis, unless something else is wrong. Log rules have
    /// none, and are here only to be refused.
    List<RuleFile> withHysteresis(
        Optional<AlertmanagerConfig> notifications, List<RuleFile> rules, List<RuleFile> logRules) {
      if (!problems.isEmpty() || notifications.isEmpty()) {
        return rules;
      }
      List<RuleFile> all = Stream.concat(rules.stream(), logRules.stream()).toList();
      return read(
              all, () -> RuleFile.withHysteresis(notifications.get().delivery().hysteresis(), all))
          .subList(0, rules.size());
    }

    /* The tap reads the routes itself, and more often than the service reloads. */
    void checkRoutes(ServeOptions options) {
      options.tap().ifPresent(tap -> read(List.of(), () -> routes(tap.routes())));
    }

    AlertmanagerConfig finish(Optional<AlertmanagerConfig> notifications) {
      if (!problems.isEmpty() || notifications.isEmpty()) {
        throw new ConfigException(problems);
      }
      return notifications.get();
    }
  }

  /// Returns what was read from which file or folder.
  List<ServiceStatus.ConfigurationPart> parts(ServeOptions options) {
    long ruleCount =
        Stream.concat(rules.stream(), logRules.stream()).mapToLong(RuleFile::size).sum();
    return List.of(
        part(
            "Prometheus",
            options.configFile(),
            PageText.count(prometheus.scrapeConfigs().size(), "scrape job")),
        part(
            "rules",
            Optional.empty(),
            PageText.count(rules.size() + logRules.size(), "file")
                + ", %d rules and groups".formatted(ruleCount)),
        part(
            "Alertmanager",
            Optional.of(options.notificationsFile()),
            PageText.count(notifications.receivers().size(), "receiver")),
        part(
            "on call",
            Optional.of(OnCallFile.beside(options.notificationsFile())),
            PageText.count(onCall.rotations().size(), "rotation")),
        part(
            "probes",
            Optional.of(options.probesDir()),
            PageText.count(probes.size(), "enabled probe")),
        part("gates", Optional.of(options.gatesDir()), gates.all().size() + " policies"),
        part("rollouts", Optional.of(options.rolloutsDir()), rollouts.all().size() + " policies"),
        part(
            "callbacks",
            Optional.of(options.callbacksFile()),
            PageText.count(callbacks.size(), "target")),
        part(
            "tokens",
            options.access().tokensFile(),
            tokens.configured() ? "tokens are required" : "no tokens"));
  }

  private static ServiceStatus.ConfigurationPart part(
      String name, Optional<Path> file, String content) {
    return new ServiceStatus.ConfigurationPart(name, file.map(Path::toString).orElse(""), content);
  }

  /// Returns the Prometheus configuration as text with masked secrets.
  String shownPrometheus() {
    return ShownConfig.of(prometheusText);
  }

  private static boolean checkSize(
      List<RuleFile> rules, List<RuleFile> logRules, MemoryBounds.Values limits) {
    List<RuleFile> all = Stream.concat(rules.stream(), logRules.stream()).toList();
    long total = all.stream().mapToLong(RuleFile::size).sum();
    if (total > limits.of(MemoryBound.RULES)) {
      RuleFile largest = Collections.max(all, Comparator.comparingLong(RuleFile::size));
      throw new ConfigException(
          largest.name(),
          0,
          0,
          "has %d rules and groups; expected at most %d in all rule files (--%s, %s), found %d"
              .formatted(
                  largest.size(),
                  limits.of(MemoryBound.RULES),
                  MemoryBound.RULES.flag(),
                  limits.origin(MemoryBound.RULES),
                  total));
    }
    return true;
  }

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

  /// Loads the templates that a notification configuration names.
  static MessageTemplates templates(Path file, AlertmanagerConfig notifications) {
    try {
      return MessageTemplates.load(notifications);
    } catch (IOException | RuntimeException e) {
      throw new ConfigException(file.toString(), 0, 0, "templates: " + e.getMessage());
    }
  }

  /// Whether the folder exists; false for an empty name.
  private static boolean exists(Path folder) {
    return !folder.toString().isEmpty() && Files.isDirectory(folder);
  }

  /// Returns the `.yml` and `.yaml` files in a folder, sorted; empty if the folder does not exist.
  static List<Path> yamlFiles(Path folder) {
    return VersionedFolders.files(folder, ".yml", ".yaml");
  }
}
