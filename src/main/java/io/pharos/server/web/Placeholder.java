package io.pharos.server.web;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// What stands in the commands of a runbook for something of the alert that it is opened from.
enum Placeholder {
  /// This Pharos, as its readers reach it, without a slash at the end.
  PHAROS,
  /// What was scraped or probed, as in `10.0.0.7:9400` or `https://example.org/login`.
  INSTANCE,
  /// The machine, by its name where a label has it, else by its address.
  HOST,
  /// The number of the GPU on its machine.
  GPU_INDEX,
  /// Where the file system is mounted.
  MOUNTPOINT;

  private static final List<String> HOST_LABELS = List.of("host", "hostname", "Hostname", "node");

  /// The values that an alert's labels give.
  static Map<Placeholder, String> values(Map<String, String> labels, String externalUrl) {
    var values = new EnumMap<Placeholder, String>(Placeholder.class);
    values.put(PHAROS, externalUrl);
    put(values, INSTANCE, labels.getOrDefault("instance", ""));
    put(values, GPU_INDEX, labels.getOrDefault("gpu", ""));
    put(values, MOUNTPOINT, labels.getOrDefault("mountpoint", ""));
    Optional<String> host =
        HOST_LABELS.stream().map(labels::get).filter(it -> it != null && !it.isEmpty()).findFirst();
    put(values, HOST, host.orElseGet(() -> hostOf(labels.getOrDefault("instance", ""))));
    return values;
  }

  private static void put(Map<Placeholder, String> values, Placeholder key, String value) {
    if (!value.isEmpty()) {
      values.put(key, value);
    }
  }

  /// The host of an address or a URL.
  private static String hostOf(String instance) {
    String rest =
        instance.replaceFirst("^[A-Za-z][A-Za-z0-9+.-]*://", "").replaceFirst("[/?#].*", "");
    return rest.startsWith("[") ? rest.replaceFirst("].*", "]") : rest.replaceFirst(":\\d+$", "");
  }
}
