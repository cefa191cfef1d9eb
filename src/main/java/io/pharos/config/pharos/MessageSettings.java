package io.pharos.config.pharos;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/// Texts, language and time zone of messages.
///
/// @param defaults the source of texts that the configuration leaves out
public record MessageSettings(Defaults defaults, Voice voice, Map<String, Voice> receivers) {
  /// The settings without a `pharos.yml`: Alertmanager's texts.
  public static final MessageSettings ALERTMANAGER =
      new MessageSettings(Defaults.ALERTMANAGER, Voice.STANDARD, Map.of());

  public MessageSettings {
    receivers = Map.copyOf(receivers);
  }

  /// The voice of a receiver.
  public Voice of(String receiver) {
    return receivers.getOrDefault(receiver, voice);
  }

  /// The source of texts that the configuration leaves out.
  public enum Defaults {
    /// Alertmanager's texts, for users who replace it with the same files.
    ALERTMANAGER,
    /// Pharos' texts, written for phones.
    PHAROS
  }

  /// A language and a time zone.
  ///
  /// @param language one of [#LANGUAGES]
  public record Voice(String language, ZoneId zone) {
    /// The languages with a catalogue of texts.
    public static final List<String> LANGUAGES = List.of("en", "zh");

    /// English, times in UTC.
    public static final Voice STANDARD = new Voice("en", ZoneOffset.UTC);

    public Voice {
      if (!LANGUAGES.contains(language)) {
        throw new IllegalArgumentException("language " + language + " is none of " + LANGUAGES);
      }
    }
  }
}
