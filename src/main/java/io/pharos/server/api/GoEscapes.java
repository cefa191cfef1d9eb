package io.pharos.server.api;

import static com.fasterxml.jackson.core.io.CharacterEscapes.ESCAPE_STANDARD;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonFactoryBuilder;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.SerializableString;
import com.fasterxml.jackson.core.io.CharacterEscapes;
import com.fasterxml.jackson.core.io.SerializedString;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import java.io.IOException;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Which characters of a string become escapes. The servers that Pharos stands in for write their
/// JSON by two libraries, each with and without escapes for HTML, and readers compare bytes; one
/// answer may hold strings of several kinds. Where which is used was taken from answers of
/// Prometheus 2.53 and Alertmanager 0.28.
public enum GoEscapes {
  /// Prometheus' label sets: nothing but what JSON asks for.
  LABELS(Control.CODE, false, false),
  /// Prometheus' other strings: errors, queries, names and values in lists.
  PROMETHEUS(Control.CODE, true, true),
  /// What Go's own library writes of a type that writes itself: Prometheus' string values,
  /// Alertmanager's alerts, silences and errors of its framework.
  TYPE(Control.LETTER, true, true),
  /// What Go's own library writes into Alertmanager's answers otherwise.
  DOCUMENT(Control.LETTER, false, true);

  /// How backspace and form feed are spelt: `\b` or `\u0008`.
  private enum Control {
    LETTER,
    CODE
  }

  /// Writes the escapes of no kind until one is set.
  private static final JsonFactory FACTORY =
      new JsonFactoryBuilder()
          .disable(JsonWriteFeature.WRITE_HEX_UPPER_CASE)
          .enable(JsonWriteFeature.COMBINE_UNICODE_SURROGATES_IN_UTF8)
          .build();

  // The library's type can't say so, but ours never changes.
  @SuppressWarnings("ImmutableEnumChecker")
  private final CharacterEscapes escapes;

  GoEscapes(Control control, boolean html, boolean lineSeparators) {
    int[] ascii = CharacterEscapes.standardAsciiEscapesForJSON();
    if (control == Control.CODE) {
      ascii['\b'] = ESCAPE_STANDARD;
      ascii['\f'] = ESCAPE_STANDARD;
    }
    if (html) {
      ascii['<'] = ESCAPE_STANDARD;
      ascii['>'] = ESCAPE_STANDARD;
      ascii['&'] = ESCAPE_STANDARD;
    }
    this.escapes = new Table(ascii, lineSeparators);
  }

  /// The factory whose generators can take these escapes.
  public static JsonFactory factory() {
    return FACTORY;
  }

  /// Has the generator write strings of this kind from here on.
  public void set(JsonGenerator json) {
    json.setCharacterEscapes(escapes);
  }

  /// Writes a part of a document in this kind, and goes on as before.
  public void in(JsonGenerator json, Part part) throws IOException {
    CharacterEscapes before = json.getCharacterEscapes();
    set(json);
    part.write();
    json.setCharacterEscapes(before);
  }

  /// A part of a document.
  public interface Part {
    void write() throws IOException;
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

    /* Asked for at every change of kind; the generator only reads it. */
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
