package io.pharos.config.pharos;

import static java.util.Objects.requireNonNull;

import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Map;

/// How messages are worded: whose defaults stand where a receiver has no text of its own, in which
/// language, and times of which zone.
///
/// @param defaults whose texts stand in for those that the configuration leaves out
/// @param voice for receivers without a voice of their own
/// @param receivers the voices of single receivers, by name
public record MessageSettings(Defaults defaults, Voice voice, Map<String, Voice> receivers) {
  /// Without a `pharos.yml`: Alertmanager's texts.
  public static final MessageSettings ALERTMANAGER =
      new MessageSettings(Defaults.ALERTMANAGER, Voice.STANDARD, Map.of());

  public MessageSettings {
    requireNonNull(defaults, "defaults is null");
    requireNonNull(voice, "voice is null");
    receivers = Map.copyOf(receivers);
  }

  /// The voice of a receiver.
  public Voice of(String receiver) {
    return receivers.getOrDefault(receiver, voice);
  }

  /// Whose texts stand in for those that the configuration leaves out.
  public enum Defaults {
    /// Alertmanager's, for who runs Pharos in its place with the same files.
    ALERTMANAGER,
    /// Pharos' own, made for phones.
    PHAROS
  }

  /// A language and a zone.
  ///
  /// @param language one of [#LANGUAGES]
  public record Voice(String language, ZoneId zone) {
    /// What there is a catalogue for.
    public static final List<String> LANGUAGES = List.of("en", "zh");

    /// English, times in UTC.
    public static final Voice STANDARD = new Voice("en", ZoneOffset.UTC);

    public Voice {
      requireNonNull(language, "language is null");
      requireNonNull(zone, "zone is null");
      if (!LANGUAGES.contains(language)) {
        throw new IllegalArgumentException("language " + language + " is none of " + LANGUAGES);
      }
    }
  }
}
