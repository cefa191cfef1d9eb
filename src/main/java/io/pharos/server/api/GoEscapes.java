package io.pharos.server.api;

import static com.fasterxml.jackson.core.io.CharacterEscapes.ESCAPE_STANDARD;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// The characters that are escaped in JSON strings. Prometheus and Alertmanager use two JSON
/// libraries, each with and without HTML escapes, and some clients compare bytes; one answer may
/// mix the kinds. The uses are taken from answers of Prometheus 2.53 and Alertmanager 0.28.
public enum GoEscapes {
  /// Prometheus' label sets: only what JSON requires.
  LABELS(true, false, false),
  /// Prometheus' other strings: errors, queries, names and values in lists.
  PROMETHEUS(true, true, true),
  /// Go types with their own marshaller: Prometheus' string values, Alertmanager's alerts and
  /// silences, and errors of its framework.
  TYPE(false, true, true),
  /// The rest of Alertmanager's answers, by Go's standard library.
  DOCUMENT(false, false, true);

  /// Its generators use Jackson's default escapes until [#set].
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  // Our subclass of the library's type is immutable.
  @SuppressWarnings("ImmutableEnumChecker")
  private final CharacterEscapes escapes;

  /// @param code whether backspace and form feed are `\u0008` and `\u000c`, instead of `\b` and
  ///   `\f`
  GoEscapes(boolean code, boolean html, boolean lineSeparators) {
    int[] ascii = CharacterEscapes.standardAsciiEscapesForJSON();
    if (code) {
      ascii['\b'] = ESCAPE_STANDARD;
      ascii['\f'] = ESCAPE_STANDARD;
    }
    if (html) {
      "<>&".chars().forEach(c -> ascii[c] = ESCAPE_STANDARD);
    }
    this.escapes = new Table(ascii, lineSeparators);
  }

  /// The factory of generators for these escapes.
  public static JsonFactory factory() {
    return FACTORY;
  }

  /// Makes the generator use these escapes from now on.
  public void set(JsonGenerator json) {
    json.setCharacterEscapes(escapes);
  }

  /// The value with these escapes; the previous ones apply again after it.
  public JsonValue in(Object value) {
    return json -> {
      CharacterEscapes before = json.getCharacterEscapes();
      set(json);
      JsonValue.write(json, value);
      json.setCharacterEscapes(before);
    };
  }

  private static final class Table extends CharacterEscapes {
    private static final long serialVersionUID = 1;
    private static final SerializedString LINE_SEPARATOR = new SerializedString("\\u2028");
    private static final SerializedString PARAGRAPH_SEPARATOR = new SerializedString("\\u2029");

    private final int[] ascii;
    private final boolean lineSeparators;

    Table(int[] ascii, boolean lineSeparators) {
      this.ascii = Arrays.copyOf(ascii, ascii.length);
      this.lineSeparators = lineSeparators;
    }

    /* Called at every change of escapes; the generator only reads the array. */
    @Override
    public int[] getEscapeCodesForAscii() {
      return ascii;
    }

    @Override
    public @Nullable SerializableString getEscapeSequence(int character) {
      if (!lineSeparators) {
        return null;
      }
      return switch (character) {
        case '\u2028' -> LINE_SEPARATOR;
        case '\u2029' -> PARAGRAPH_SEPARATOR;
        default -> null;
      };
    }
  }
}
