package io.pharos.remote.otlp;

import io.pharos.model.Labels;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/// The labels of one resource's series, as Prometheus derives them.
final class OtlpLabels {
  private static final String NAME = "service.name";
  private static final String NAMESPACE = "service.namespace";
  private static final String INSTANCE = "service.instance.id";
  private static final Set<String> IDENTIFYING = Set.of(NAME, NAMESPACE, INSTANCE);

  private final SortedMap<String, String> resource;
  private final OtlpReceiver.Settings settings;
  private final Map<String, String> own = new TreeMap<>();
  private final Map<String, String> promoted = new TreeMap<>();

  OtlpLabels(SortedMap<String, String> resource, OtlpReceiver.Settings settings) {
    this.resource = resource;
    this.settings = settings;
    String service = resource.getOrDefault(NAME, "");
    String namespace = resource.getOrDefault(NAMESPACE, "");
    if (!service.isEmpty()) {
      own.put("job", namespace.isEmpty() ? service : namespace + "/" + service);
    }
    if (!resource.getOrDefault(INSTANCE, "").isEmpty()) {
      own.put("instance", resource.getOrDefault(INSTANCE, ""));
    }
    for (String attribute : settings.promoted()) {
      String value = resource.get(attribute);
      if (value != null) {
        promoted.putIfAbsent(OtlpNames.label(attribute), value);
      }
    }
  }

  /// The labels of a series.
  ///
  /// @param name name of the metric
  /// @param more pairs of further labels, such as `le`
  /// @throws IllegalArgumentException if they are not valid labels
  Labels of(String name, SortedMap<String, String> attributes, String... more) {
    var labels = new TreeMap<String, String>();
    attributes.forEach((key, value) -> put(labels, key, value));
    promoted.forEach(labels::putIfAbsent);
    labels.putAll(own);
    for (int i = 0; i < more.length; i += 2) {
      labels.put(more[i], more[i + 1]);
    }
    labels.put(Labels.METRIC_NAME, name);
    return labels(labels);
  }

  /* Attributes that map to the same label are joined, in the order of their names. */
  private static void put(Map<String, String> labels, String key, String value) {
    labels.merge(OtlpNames.label(key), value, (one, other) -> one + ";" + other);
  }

  private static Labels labels(Map<String, String> map) {
    var pairs = new String[2 * map.size()];
    int i = 0;
    for (Map.Entry<String, String> label : map.entrySet()) {
      pairs[i++] = label.getKey();
      pairs[i++] = label.getValue();
    }
    return Labels.of(pairs);
  }

  /// Whether the resource has attributes beyond the identifying ones.
  boolean hasTargetInfo() {
    return !own.isEmpty() && resource.keySet().stream().anyMatch(key -> !IDENTIFYING.contains(key));
  }

  /// The labels of `target_info`.
  ///
  /// @throws IllegalArgumentException if they are not valid labels
  Labels targetInfo() {
    var labels = new TreeMap<String, String>();
    resource.forEach(
        (key, value) -> {
          if (settings.keepIdentifying() || !IDENTIFYING.contains(key)) {
            put(labels, key, value);
          }
        });
    labels.putAll(own);
    labels.put(Labels.METRIC_NAME, "target_info");
    return labels(labels);
  }
}
