package io.pharos.config.pharos;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/// Texts, language and time zone of messages.
///
/// @param defaults the texts that are used where the configuration sets none
/// @param voice language and time zone of receivers that are not in `receivers`
public record MessageSettings(Defaults defaults, Voice voice, Map<String, Voice> receivers) {
  /// The settings if there is no `pharos.yml`: Alertmanager's texts.
  public static final MessageSettings ALERTMANAGER =
      new MessageSettings(Defaults.ALERTMANAGER, Voice.STANDARD, Map.of());

  public MessageSettings {
    receivers = Map.copyOf(receivers);
  }

  /// Returns the settings of Pharos' texts in a language, with times in UTC.
  public static MessageSettings pharos(String language) {
    return new MessageSettings(Defaults.PHAROS, new Voice(language, ZoneOffset.UTC), Map.of());
  }

  /// Returns the language and time zone of a receiver's messages.
  public Voice of(String receiver) {
    return receivers.getOrDefault(receiver, voice);
  }

  /// The texts that are used where the configuration sets none.
  public enum Defaults {
    /// Alertmanager's texts, for users who replace Alertmanager and use its files.
    ALERTMANAGER,
    /// Pharos' texts, written for phones.
    PHAROS
  }

  /// A language and a time zone.
  ///
  /// @param language one of [#LANGUAGES]
  public record Voice(String language, ZoneId zone) {
    /// The languages for which Pharos has texts.
    public static final List<String> LANGUAGES = List.of("en", "zh");

    /// English, with times in UTC.
    public static final Voice STANDARD = new Voice("en", ZoneOffset.UTC);

    public Voice {
      if (!LANGUAGES.contains(language)) {
        throw new IllegalArgumentException("language " + language + " is none of " + LANGUAGES);
      }
    }
  }
}
