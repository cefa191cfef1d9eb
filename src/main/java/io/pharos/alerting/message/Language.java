package io.pharos.alerting.message;

import io.pharos.model.Labels;
import java.util.Map;
import java.util.TreeMap;

/// A language of messages.
public enum Language {
  ENGLISH("en"),
  CHINESE("zh");

  private final String code;

  Language(String code) {
    this.code = code;
  }

  /// Returns the language with a code such as `zh`.
  ///
  /// @throws IllegalArgumentException if there are no texts in that language
  public static Language of(String code) {
    for (Language language : values()) {
      if (language.code.equals(code)) {
        return language;
      }
    }
    throw new IllegalArgumentException("messages are not available in the language " + code);
  }

  /// Returns an annotation in this language: `summary_zh` if the rule has it, otherwise `summary`;
  /// empty if both are missing.
  public String text(Labels annotations, String name) {
    String own = annotations.get(name + suffix());
    return (own.isBlank() ? annotations.get(name) : own).strip();
  }

  /// Returns all annotations, each in this language if available: `summary` gets the value of
  /// `summary_zh`. No annotation is removed.
  public Labels localized(Labels annotations) {
    var own = new TreeMap<String, String>();
    annotations.forEach(
        (name, text) -> {
          if (name.endsWith(suffix()) && !text.isBlank()) {
            own.put(name.substring(0, name.length() - suffix().length()), text);
          }
        });
    if (own.isEmpty()) {
      return annotations;
    }
    Map<String, String> all = new TreeMap<>(annotations.toMap());
    all.putAll(own);
    return Labels.of(all);
  }

  private String suffix() {
    return "_" + code;
  }

  /// The code in configurations and HTML.
  public String code() {
    return code;
  }
}
