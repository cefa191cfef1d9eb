package io.pharos.config.alertmanager;

import java.util.LinkedHashMap;
import java.util.Map;

/// One integration of a receiver, in which unset keys have the global defaults.
///
/// Implementations are records, because [SecretFiles] and [StandIns] find secrets by the components
/// of records.
public interface IntegrationConfig {
  /// Returns the kind of the integration.
  IntegrationKind kind();

  /// Returns the name of the kind in metrics and in the notification log, such as `email` or
  /// `slack`.
  default String type() {
    return kind().type();
  }

  /// Returns whether messages about resolved alerts are sent too.
  boolean sendResolved();

  /// Returns the texts that are templates, by their key in the file, such as `fields[0].title`.
  Map<String, String> templates();

  /// Returns the recipient within the service, such as a channel's name; empty if the address
  /// already determines it.
  default String addressee() {
    return "";
  }

  /// Whether the integration can edit its messages, so that they can be cards.
  default boolean canEdit() {
    return false;
  }

  /// Prints the keys of the integration in Alertmanager's format. It is not called for kinds that
  /// Alertmanager does not have.
  default void print(ConfigSection section) {}

  /// Returns a map for [#templates], from keys and texts that alternate.
  static Map<String, String> texts(String... keysAndTexts) {
    var texts = new LinkedHashMap<String, String>();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      texts.put(keysAndTexts[i], keysAndTexts[i + 1]);
    }
    return texts;
  }
}
