package io.pharos.config.alertmanager;

import io.pharos.config.yaml.ConfigException;
import io.pharos.config.yaml.YamlMap;
import io.pharos.model.Quoted;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;

/// Reads receivers. Unset keys of their integrations get the global defaults.
record ReceiverReader(Path folder, GlobalConfig global) {
  private static final List<String> OTHER_TYPES =
      List.of(
          "victorops_configs",
          "sns_configs",
          "webex_configs",
          "jira_configs",
          "rocketchat_configs",
          "mattermost_configs",
          "incidentio_configs");

  ReceiverConfig read(YamlMap map) {
    String name = map.string("name", "");
    if (name.isEmpty()) {
      throw map.error("the receiver has no name");
    }
    for (String key : OTHER_TYPES) {
      if (map.has(key)) {
        throw new ConfigException(
            map.file(),
            map.line(key),
            0,
            "%s (receiver %s): Pharos has no receivers of the type %s, expected %s"
                .formatted(
                    map.path(),
                    Quoted.of(name),
                    key.substring(0, key.length() - "_configs".length()),
                    global.integrations().keySet().stream()
                        .filter(kind -> !kind.isPharosOnly())
                        .map(ReceiverReader::list)
                        .collect(Collectors.joining(", "))));
      }
    }
    map.unsupported("labels", "receiver labels are not supported yet");
    return map.finished(new ReceiverConfig(name, integrations(map, false)));
  }

  /// Returns the integrations of a receiver, grouped by kind.
  ///
  /// @param pharosOnly whether the receiver is in `pharos.yml`, which has other kinds
  List<IntegrationConfig> integrations(YamlMap receiver, boolean pharosOnly) {
    var all = new ArrayList<IntegrationConfig>();
    global
        .integrations()
        .forEach(
            (kind, defaults) -> {
              if (kind.isPharosOnly() == pharosOnly) {
                all.addAll(
                    receiver.list(list(kind), value -> integration(defaults, value.asMap())));
              }
            });
    return all;
  }

  private IntegrationConfig integration(IntegrationDefaults defaults, YamlMap map) {
    return map.finished(defaults.read(new KeyReader(map, folder, global.http())));
  }

  static String list(IntegrationKind kind) {
    return kind.type() + "_configs";
  }
}
