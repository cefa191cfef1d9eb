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

/// The kinds of escapes in JSON strings. Some clients compare answers byte by byte, so the escapes
/// must be the same as in Prometheus and Alertmanager. Both use two JSON libraries, each with and
/// without HTML escapes, and one answer may contain several kinds. The kind of each string was
/// observed in Prometheus 2.53 and Alertmanager 0.28.
public enum GoEscapes {
  /// Label sets of Prometheus: escapes only what JSON requires.
  LABELS(true, false, false),
  /// All other strings of Prometheus: errors, queries, and names and values in lists.
  PROMETHEUS(true, true, true),
  /// Strings of Go types with their own marshaller: Prometheus' string values, Alertmanager's
  /// alerts and silences, and errors of Alertmanager's framework.
  TYPE(false, true, true),
  /// All other answers of Alertmanager, written by Go's standard library.
  DOCUMENT(false, false, true);

  /// Generators of this factory use Jackson's default escapes until [#set] is called.
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  // The library's type is mutable in general, but the subclass used here is immutable.
  @SuppressWarnings("ImmutableEnumChecker")
  private final CharacterEscapes escapes;

  /// @param numeric whether backspace and form feed are written as `\u0008` and `\u000c`; if not,
  ///   they are written as `\b` and `\f`
  /// @param html whether `<`, `>` and `&` are escaped
  /// @param lineSeparators whether U+2028 and U+2029 are escaped
  GoEscapes(boolean numeric, boolean html, boolean lineSeparators) {
    int[] ascii = CharacterEscapes.standardAsciiEscapesForJSON();
    if (numeric) {
      ascii['\b'] = ESCAPE_STANDARD;
      ascii['\f'] = ESCAPE_STANDARD;
    }
    if (html) {
      "<>&".chars().forEach(c -> ascii[c] = ESCAPE_STANDARD);
    }
    this.escapes = new Table(ascii, lineSeparators);
  }

  /// Returns the factory of the generators that [#set] accepts.
  public static JsonFactory factory() {
    return FACTORY;
  }

  /// Makes the generator use these escapes.
  public void set(JsonGenerator json) {
    json.setCharacterEscapes(escapes);
  }

  /// Returns a JSON value that is written with these escapes. After the value, the generator uses
  /// the previous escapes again.
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

    /* Called at every change of escapes, so no copy is made; the generator only reads the array. */
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
