package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.pharos.DeliverySettings;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// A whole configuration: `alertmanager.yml`, and what `pharos.yml` adds to it.
///
/// @param templates glob patterns of template files, absolute
/// @param messages how messages are worded
public record AlertmanagerConfig(
    GlobalConfig global,
    RouteConfig route,
    List<ReceiverConfig> receivers,
    List<InhibitRule> inhibitRules,
    List<NamedTimeInterval> timeIntervals,
    List<String> templates,
    MessageSettings messages,
    DeliverySettings delivery) {
  /// The file beside `alertmanager.yml` with what Alertmanager has no word for.
  public static final String PHAROS_FILE = "pharos.yml";

  public AlertmanagerConfig {
    requireNonNull(global, "global is null");
    requireNonNull(route, "route is null");
    receivers = List.copyOf(receivers);
    inhibitRules = List.copyOf(inhibitRules);
    timeIntervals = List.copyOf(timeIntervals);
    templates = List.copyOf(templates);
    requireNonNull(messages, "messages is null");
    requireNonNull(delivery, "delivery is null");
  }

  /// Reads a file, and `pharos.yml` beside it if there is one. Paths in both resolve against their
  /// folder.
  ///
  /// @param kinds the kinds of integrations that there are
  /// @throws io.pharos.config.yaml.ConfigException with file, line, value and what was expected
  public static AlertmanagerConfig load(Path file, List<? extends IntegrationKind> kinds) {
    Path folder = file.toAbsolutePath().normalize().getParent();
    requireNonNull(folder, "file has no folder");
    var config = new AlertmanagerReader(folder, kinds).read(YamlFile.read(file));
    Path additions = file.resolveSibling(PHAROS_FILE);
    return Files.exists(additions)
        ? new PharosFileReader(folder, config).read(YamlFile.read(additions))
        : config;
  }

  /// Reads a text as [#load] reads a file.
  ///
  /// @param name what errors call it
  /// @param folder what relative paths resolve against
  /// @param kinds the kinds of integrations that there are
  public static AlertmanagerConfig parse(
      String name, String text, Path folder, List<? extends IntegrationKind> kinds) {
    return new AlertmanagerReader(folder, kinds).read(YamlFile.parse(name, text));
  }

  /// Adds what a `pharos.yml` says.
  public AlertmanagerConfig withPharosFile(String name, String text, Path folder) {
    return new PharosFileReader(folder, this).read(YamlFile.parse(name, text));
  }

  /// The receiver of a name.
  public Optional<ReceiverConfig> receiver(String name) {
    return receivers.stream().filter(receiver -> receiver.name().equals(name)).findFirst();
  }

  /// The configuration as YAML that Alertmanager loads: defaults filled in, secrets masked, without
  /// what came from `pharos.yml`.
  public String toYaml() {
    return ConfigPrinter.print(this);
  }

  AlertmanagerConfig withReceivers(List<ReceiverConfig> changed) {
    return new AlertmanagerConfig(
        global, route, changed, inhibitRules, timeIntervals, templates, messages, delivery);
  }

  AlertmanagerConfig withMessages(MessageSettings settings) {
    return new AlertmanagerConfig(
        global, route, receivers, inhibitRules, timeIntervals, templates, settings, delivery);
  }

  AlertmanagerConfig withInhibitRules(List<InhibitRule> rules) {
    return new AlertmanagerConfig(
        global, route, receivers, rules, timeIntervals, templates, messages, delivery);
  }

  /// The same with other settings of deliveries.
  AlertmanagerConfig withDelivery(DeliverySettings changed) {
    return new AlertmanagerConfig(
        global, route, receivers, inhibitRules, timeIntervals, templates, messages, changed);
  }
}
