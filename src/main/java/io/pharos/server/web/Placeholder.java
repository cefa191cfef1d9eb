package io.pharos.server.web;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/// A placeholder in the commands of runbooks for a value of the alert.
enum Placeholder {
  /// The external URL of Pharos, without a slash at the end.
  PHAROS,
  /// The scraped or probed instance, such as `10.0.0.7:9400` or `https://example.org/login`.
  INSTANCE,
  /// The machine's name, if a label has it, or else its address.
  HOST,
  /// The number of the GPU on its machine.
  GPU_INDEX,
  /// The mount point of the file system.
  MOUNTPOINT;

  private static final List<String> HOST_LABELS = List.of("host", "hostname", "Hostname", "node");

  /// The values from an alert's labels.
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
