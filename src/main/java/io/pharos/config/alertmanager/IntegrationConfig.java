package io.pharos.config.alertmanager;

import java.util.LinkedHashMap;
import java.util.Map;

/// One way by which a receiver is told. Global defaults are already merged in.
///
/// Implementations are records: their secrets are found by their components ([SecretFiles],
/// [StandIns]).
public interface IntegrationConfig {
  /// What it is one of.
  IntegrationKind kind();

  /// The name of its kind, as metrics and the notification log give it: `email`, `slack`.
  default String type() {
    return kind().type();
  }

  /// Whether resolved alerts are told too.
  boolean sendResolved();

  /// The texts that are templates, by their key in the file (`fields[0].title`).
  Map<String, String> templates();

  /// Whom it tells within its service, for people to read, such as a channel's name; empty where
  /// its address says it.
  default String addressee() {
    return "";
  }

  /// Prints its keys as Alertmanager reads them. Kinds that Alertmanager does not have are not
  /// printed.
  default void print(ConfigSection section) {}

  /// Keys and texts in turn as a map in this order, for [#templates].
  static Map<String, String> texts(String... keysAndTexts) {
    var texts = new LinkedHashMap<String, String>();
    for (int i = 0; i < keysAndTexts.length; i += 2) {
      texts.put(keysAndTexts[i], keysAndTexts[i + 1]);
    }
    return texts;
  }
}
