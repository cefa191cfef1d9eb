package io.pharos.config.alertmanager;

import static java.util.Objects.requireNonNull;

import io.pharos.config.pharos.ChatSettings;
import io.pharos.config.pharos.DeliverySettings;
import io.pharos.config.pharos.MessageSettings;
import io.pharos.config.yaml.YamlFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// The complete configuration of notifications: `alertmanager.yml` and `pharos.yml`.
///
/// @param templates glob patterns of template files, as absolute paths
public record AlertmanagerConfig(
    GlobalConfig global,
    RouteConfig route,
    List<ReceiverConfig> receivers,
    List<InhibitRule> inhibitRules,
    List<NamedTimeInterval> timeIntervals,
    List<String> templates,
    MessageSettings messages,
    DeliverySettings delivery,
    ChatSettings chat) {
  /// The file beside `alertmanager.yml` with settings that Alertmanager does not have.
  public static final String PHAROS_FILE = "pharos.yml";

  public AlertmanagerConfig {
    receivers = List.copyOf(receivers);
    inhibitRules = List.copyOf(inhibitRules);
    timeIntervals = List.copyOf(timeIntervals);
    templates = List.copyOf(templates);
  }

  /// Reads `alertmanager.yml` and, if it exists, `pharos.yml` in the same folder. Relative paths in
  /// both files refer to this folder.
  ///
  /// @param usual the texts if there is no `pharos.yml`
  /// @throws io.pharos.config.yaml.ConfigException with file, line, value and what was expected
  public static AlertmanagerConfig load(
      Path file, List<? extends IntegrationKind> kinds, MessageSettings usual) {
    Path folder = requireNonNull(file.toAbsolutePath().normalize().getParent(), "not a file");
    var config = YamlFile.read(file, new AlertmanagerReader(folder, kinds)::read);
    Path additions = file.resolveSibling(PHAROS_FILE);
    return Files.exists(additions)
        ? YamlFile.read(additions, new PharosFileReader(folder, config)::read)
        : config.with(
            config.receivers(), config.inhibitRules(), usual, config.delivery(), ChatSettings.NONE);
  }

  /// Reads the text of an `alertmanager.yml`.
  public static AlertmanagerConfig parse(
      String name, String text, Path folder, List<? extends IntegrationKind> kinds) {
    return new AlertmanagerReader(folder, kinds).read(YamlFile.parse(name, text));
  }

  /// Returns this configuration with the settings of a `pharos.yml`.
  public AlertmanagerConfig withPharosFile(String name, String text, Path folder) {
    return new PharosFileReader(folder, this).read(YamlFile.parse(name, text));
  }

  /// Returns the receiver with a name; empty if there is none.
  public Optional<ReceiverConfig> receiver(String name) {
    return receivers.stream().filter(receiver -> receiver.name().equals(name)).findFirst();
  }

  /// Returns the configuration as YAML that Alertmanager can load: defaults filled in, secrets
  /// redacted, and without the settings of `pharos.yml`.
  public String toYaml() {
    return ConfigPrinter.print(this);
  }

  AlertmanagerConfig with(
      List<ReceiverConfig> receivers,
      List<InhibitRule> inhibitRules,
      MessageSettings messages,
      DeliverySettings delivery,
      ChatSettings chat) {
    return new AlertmanagerConfig(
        global, route, receivers, inhibitRules, timeIntervals, templates, messages, delivery, chat);
  }
}
