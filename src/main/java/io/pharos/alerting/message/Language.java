package io.pharos.alerting.message;

import io.pharos.model.Labels;
import java.util.Map;
import java.util.TreeMap;

/// A language in which messages are written.
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
    String translated = annotations.get(name + suffix());
    return (translated.isBlank() ? annotations.get(name) : translated).strip();
  }

  /// Returns all annotations. If the rule has the text of an annotation in this language, that text
  /// replaces the annotation's value: `summary` gets the value of `summary_zh`.
  public Labels localized(Labels annotations) {
    var translated = new TreeMap<String, String>();
    annotations.forEach(
        (name, text) -> {
          if (name.endsWith(suffix()) && !text.isBlank()) {
            translated.put(name.substring(0, name.length() - suffix().length()), text);
          }
        });
    if (translated.isEmpty()) {
      return annotations;
    }
    Map<String, String> merged = new TreeMap<>(annotations.toMap());
    merged.putAll(translated);
    return Labels.of(merged);
  }

  private String suffix() {
    return "_" + code;
  }

  /// Returns the language's code for configurations and HTML.
  public String code() {
    return code;
  }
}
