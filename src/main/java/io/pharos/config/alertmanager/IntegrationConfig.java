package io.pharos.config.alertmanager;

import java.util.LinkedHashMap;
import java.util.Map;

/// One integration of a receiver, with global defaults merged in.
///
/// Implementations are records, because [SecretFiles] and [StandIns] find secrets by record
/// components.
public interface IntegrationConfig {
  /// The kind of the integration.
  IntegrationKind kind();

  /// The name of the kind in metrics and in the notification log: `email`, `slack`.
  default String type() {
    return kind().type();
  }

  /// Whether to send resolved alerts too.
  boolean sendResolved();

  /// The texts that are templates, by key in the file (`fields[0].title`).
  Map<String, String> templates();

  /// The recipient within the service, such as a channel's name; empty if the address names it.
  default String addressee() {
    return "";
  }

  /// Prints the integration's keys for Alertmanager. Not called for kinds that Alertmanager lacks.
  default void print(ConfigSection section) {}

  /// A map from alternating keys and texts, in this order, for [#templates].
  static Map<String, String> texts(String... keysAndTexts) {
    var texts = new LinkedHashMap<String, String>();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      texts.put(keysAndTexts[i], keysAndTexts[i + 1]);
    }
    return texts;
  }
}
