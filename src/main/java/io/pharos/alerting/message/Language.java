package io.pharos.alerting.message;

import io.pharos.model.Labels;
import java.util.Map;
import java.util.TreeMap;

/// A language that messages are written in.
public enum Language {
  ENGLISH("en"),
  CHINESE("zh");

  private final String code;

  Language(String code) {
    this.code = code;
  }

  /// The language of a code as in `zh`.
  ///
  /// @throws IllegalArgumentException when there is no catalogue for it
  public static Language of(String code) {
    for (Language language : values()) {
      if (language.code.equals(code)) {
        return language;
      }
    }
    throw new IllegalArgumentException("there is no catalogue for the language " + code);
  }

  /// An annotation for readers of this language: `summary_zh` where the rule has it, else
  /// `summary`; empty where it has neither.
  public String text(Labels annotations, String name) {
    String own = annotations.get(name + suffix());
    return (own.isBlank() ? annotations.get(name) : own).strip();
  }

  /// All annotations, each in this language where there is one: `summary` reads what `summary_zh`
  /// says. None is taken away.
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

  /// The code as configurations and HTML name it.
  public String code() {
    return code;
  }
}
