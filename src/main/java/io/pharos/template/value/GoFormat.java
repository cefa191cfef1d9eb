package io.pharos.template.value;

import io.pharos.model.Quoted;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// The functions of Go's package fmt: `print`, `println`, `printf` and the text of a value.
public final class GoFormat {
  private static final int MAX_CHARACTERS = 4_000_000;
  private static final int MAX_WIDTH = 1_000_000;

  /// A formatting verb with its flags. A negative width or precision means that the format has
  /// none.
  private record Verb(int verb, String flags, int width, int precision) {
    static final Verb PLAIN = new Verb('v', "", -1, -1);

    boolean has(char flag) {
      return flags.indexOf(flag) >= 0;
    }

    boolean padsWithZeros() {
      return has('0') && !has('-');
    }
  }

  private final String format;
  private final List<? extends @Nullable Object> operands;
  private final BoundedText out = new BoundedText(MAX_CHARACTERS);
  private int position;
  private int operand;
  private boolean reordered;

  private GoFormat(String format, List<? extends @Nullable Object> operands) {
    this.format = format;
    this.operands = operands;
  }

  /// Formats one value like `%v`.
  public static String print(@Nullable Object value) {
    return value instanceof String text ? text : show(Verb.PLAIN, value);
  }

  /// Formats values like Go's Sprint: a space separates two operands if neither is a string.
  public static String sprint(List<? extends @Nullable Object> values) {
    var text = new BoundedText(MAX_CHARACTERS);
    boolean afterString = true;
    for (Object value : values) {
      boolean isString = value instanceof String;
      if (text.length() > 0 && !isString && !afterString) {
        text.append(' ');
      }
      text.append(print(value));
      afterString = isString;
    }
    return text.toString();
  }

  /// Formats values like Go's Sprintln: spaces between operands, and a newline at the end.
  public static String sprintln(List<? extends @Nullable Object> values) {
    var text = new BoundedText(MAX_CHARACTERS);
    for (int i = 0; i < values.size(); i++) {
      text.append(i == 0 ? "" : " ").append(print(values.get(i)));
    }
    return text.append('\n').toString();
  }

  /// Formats values like Go's Sprintf.
  public static String sprintf(String format, List<? extends @Nullable Object> operands) {
    return new GoFormat(format, operands).run();
  }

  private String run() {
    while (position < format.length()) {
      int percent = format.indexOf('%', position);
      if (percent < 0) {
        out.append(format.substring(position));
        break;
      }
      out.append(format.substring(position, percent));
      position = percent + 1;
      directive();
    }
    if (!reordered && operand < operands.size()) {
      out.append("%!(EXTRA ");
      for (int i = operand; i < operands.size(); i++) {
        out.append(i == operand ? "" : ", ").append(typed(operands.get(i)));
      }
      out.append(")");
    }
    return out.toString();
  }

  private static String typed(@Nullable Object value) {
    return value == null ? "<nil>" : Values.typeName(value) + "=" + print(value);
  }

  private void directive() {
    int start = position;
    while (position < format.length() && "+-# 0".indexOf(format.charAt(position)) >= 0) {
      position++;
    }
    String flags = format.substring(start, position);
    boolean goodIndex = index();
    int width = size();
    if (width < -1) {
      flags += "-";
      width = -width;
    }
    int precision = -1;
    if (position < format.length() && format.charAt(position) == '.') {
      position++;
      goodIndex &= index();
      precision = Math.max(0, size());
    }
    goodIndex &= index();
    if (position >= format.length()) {
      out.append("%!(NOVERB)");
      return;
    }
    int verb = format.codePointAt(position);
    position += Character.charCount(verb);
    if (verb == '%') {
      out.append("%");
    } else if (!goodIndex) {
      out.append("%!").appendCodePoint(verb).append("(BADINDEX)");
    } else if (operand >= operands.size()) {
      out.append("%!").appendCodePoint(verb).append("(MISSING)");
    } else {
      var parsed = new Verb(verb, flags, width, precision);
      out.append(show(parsed, operands.get(operand++)));
    }
  }

  /// Reads `[n]`, which selects an operand, if it is at the current position of the format.
  ///
  /// @return false if it is there and invalid
  private boolean index() {
    if (position >= format.length() || format.charAt(position) != '[') {
      return true;
    }
    reordered = true;
    int close = format.indexOf(']', position);
    String digits = close < 0 ? "" : format.substring(position + 1, close);
    position = close < 0 ? position + 1 : close + 1;
    if (!digits.matches("[0-9]{1,6}")) {
      return false;
    }
    int wanted = Integer.parseInt(digits) - 1;
    if (wanted < 0 || wanted >= operands.size()) {
      return false;
    }
    operand = wanted;
    return true;
  }

  /// Reads a width or precision: digits, or `*` for the next operand's value. Returns -1 if there
  /// is none at the current position of the format.
  private int size() {
    if (position < format.length() && format.charAt(position) == '*') {
      position++;
      if (operand < operands.size()
          && operands.get(operand++) instanceof Long size
          && Math.abs(size) <= MAX_WIDTH) {
        return size.intValue();
      }
      out.append("%!(BADWIDTH)");
      return -1;
    }
    int start = position;
    while (position < format.length()
        && Character.isDigit(format.charAt(position))
        && position - start < 8) {
      position++;
    }
    if (position == start) {
      return -1;
    }
    int size = Integer.parseInt(format.substring(start, position));
    return size > MAX_WIDTH ? -1 : size;
  }

  private static String show(Verb verb, @Nullable Object value) {
    if (verb.verb() == 'T') {
      return pad(verb, Values.typeName(value), false);
    }
    return switch (value) {
      case null -> verb.verb() == 'v' ? pad(verb, "<nil>", false) : badVerb(verb, null);
      case String text -> string(verb, text, value);
      case SafeText safe -> string(verb, safe.text(), value);
      case Boolean flag ->
          verb.verb() == 'v' || verb.verb() == 't'
              ? pad(verb, flag.toString(), false)
              : badVerb(verb, value);
      case Long number -> integer(verb, number, value);
      case Double number -> floating(verb, number);
      case List<?> list -> sequence(verb, list);
      case Map<?, ?> map -> mapping(verb, map);
      case TemplateObject object -> object(verb, object);
      default -> pad(verb, value.toString(), false);
    };
  }

  private static String object(Verb verb, TemplateObject object) {
    if (object instanceof TimeValue.NamedNumber named && "vsq".indexOf(verb.verb()) < 0) {
      return integer(verb, named.number(), object);
    }
    Optional<String> printed = object.printed();
    if (printed.isPresent() && "vsq".indexOf(verb.verb()) >= 0) {
      return string(verb, printed.get(), object);
    }
    return switch (object.shape()) {
      case TemplateObject.Sequence(var elements) -> sequence(verb, elements);
      case TemplateObject.Mapping(var entries) -> mapping(verb, entries);
      case TemplateObject.Struct(var fields) -> struct(verb, fields);
      case TemplateObject.Printed(String text, _) -> {
        boolean asNumber = verb.verb() == 'd' && object instanceof DurationValue;
        yield asNumber
            ? integer(verb, ((DurationValue) object).nanos(), object)
            : string(verb, text, object);
      }
    };
  }

  private static String sequence(Verb verb, List<? extends @Nullable Object> elements) {
    var text = new BoundedText(MAX_CHARACTERS).append("[");
    for (int i = 0; i < elements.size(); i++) {
      text.append(i == 0 ? "" : " ").append(show(verb, elements.get(i)));
    }
    return text.append("]").toString();
  }

  private static String mapping(Verb verb, Map<?, ? extends @Nullable Object> map) {
    var text = new BoundedText(MAX_CHARACTERS).append("map[");
    boolean first = true;
    var entries = Values.entries(map);
    if (entries != null) {
      for (var entry : entries.entrySet()) {
        text.append(first ? "" : " ").append(show(verb, entry.getKey())).append(":");
        text.append(show(verb, entry.getValue()));
        first = false;
      }
    }
    return text.append("]").toString();
  }

  private static String struct(Verb verb, Map<String, ? extends @Nullable Object> fields) {
    var text = new BoundedText(MAX_CHARACTERS).append("{");
    boolean first = true;
    for (var field : fields.entrySet()) {
      text.append(first ? "" : " ").append(verb.has('+') ? field.getKey() + ":" : "");
      text.append(show(verb, field.getValue()));
      first = false;
    }
    return text.append("}").toString();
  }

  private static String string(Verb verb, String text, Object value) {
    String cut = text;
    if (verb.precision() >= 0 && verb.verb() != 'x' && verb.verb() != 'X') {
      int count = Math.min(verb.precision(), text.codePointCount(0, text.length()));
      cut = text.substring(0, text.offsetByCodePoints(0, count));
    }
    return switch (verb.verb()) {
      case 'v' -> pad(verb, verb.has('#') ? Quoted.of(cut) : cut, false);
      case 's' -> pad(verb, cut, false);
      case 'q' -> pad(verb, quoted(verb, cut), false);
      case 'x', 'X' -> pad(verb, hex(verb, text), false);
      default -> badVerb(verb, value);
    };
  }

  private static String quoted(Verb verb, String text) {
    if (verb.has('#') && text.indexOf('`') < 0) {
      return "`" + text + "`";
    }
    return verb.has('+') ? ascii(Quoted.of(text)) : Quoted.of(text);
  }

  private static String ascii(String text) {
    var ascii = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              if (c < 0x80) {
                ascii.append((char) c);
              } else {
                ascii.append((c < 0x10000 ? "\\u%04x" : "\\U%08x").formatted(c));
              }
            });
    return ascii.toString();
  }

  private static String hex(Verb verb, String text) {
    var hex = new StringBuilder();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    int count = verb.precision() < 0 ? bytes.length : Math.min(bytes.length, verb.precision());
    for (int i = 0; i < count; i++) {
      hex.append(i > 0 && verb.has(' ') ? " " : "");
      hex.append(verb.has('#') && (i == 0 || verb.has(' ')) ? "0x" : "");
      hex.append("%02x".formatted(bytes[i]));
    }
    return verb.verb() == 'X' ? hex.toString().toUpperCase(java.util.Locale.ROOT) : hex.toString();
  }

  private static String integer(Verb verb, long number, Object value) {
    return switch (verb.verb()) {
      case 'v', 'd' -> digits(verb, number, 10, "");
      case 'b' -> digits(verb, number, 2, verb.has('#') ? "0b" : "");
      case 'o' -> digits(verb, number, 8, verb.has('#') ? "0" : "");
      case 'O' -> digits(verb, number, 8, "0o");
      case 'x' -> digits(verb, number, 16, verb.has('#') ? "0x" : "");
      case 'X' ->
          digits(verb, number, 16, verb.has('#') ? "0X" : "").toUpperCase(java.util.Locale.ROOT);
      case 'c' -> pad(verb, character(number), false);
      case 'q' -> {
        String quoted = Quoted.of(character(number));
        String inner = quoted.substring(1, quoted.length() - 1).replace("\\\"", "\"");
        yield pad(verb, "'" + inner.replace("'", "\\'") + "'", false);
      }
      case 'U' ->
          pad(
              verb,
              "U+%04X".formatted(number) + (verb.has('#') ? " '" + character(number) + "'" : ""),
              false);
      default -> badVerb(verb, value);
    };
  }

  private static String character(long code) {
    return code >= 0 && code <= Character.MAX_CODE_POINT
        ? Character.toString((int) code)
        : "\uFFFD";
  }

  private static String digits(Verb verb, long number, int radix, String prefix) {
    String digits = Long.toString(number, radix);
    String bare = number < 0 ? digits.substring(1) : digits;
    if (verb.precision() > bare.length()) {
      bare = "0".repeat(verb.precision() - bare.length()) + bare;
    }
    return signed(verb, number < 0, prefix, bare, verb.precision() < 0);
  }

  private static String floating(Verb verb, double number) {
    int letter = verb.verb() == 'v' ? 'g' : verb.verb();
    if ("eEfFgGxX".indexOf(letter) < 0) {
      return badVerb(verb, number);
    }
    boolean negative = Double.doubleToRawLongBits(number) < 0 && !Double.isNaN(number);
    String digits = GoNumber.format(Math.abs(number), (char) letter, verb.precision());
    boolean finite = Double.isFinite(number);
    if (!finite && digits.startsWith("+")) {
      digits = digits.substring(1);
      String flags = verb.flags().replace("#", "").replace("0", "");
      boolean plus = !negative && !verb.has(' ');
      var infinite = new Verb(letter, plus ? flags + "+" : flags, verb.width(), -1);
      return signed(infinite, negative, "", digits, false);
    }
    return signed(verb, negative, "", digits, finite);
  }

  private static String signed(
      Verb verb, boolean negative, String prefix, String digits, boolean zeros) {
    String sign = negative ? "-" : verb.has('+') ? "+" : verb.has(' ') ? " " : "";
    String head = sign + prefix;
    if (verb.padsWithZeros() && zeros && verb.width() > head.length() + digits.length()) {
      return head + "0".repeat(verb.width() - head.length() - digits.length()) + digits;
    }
    return pad(verb, head + digits, true);
  }

  private static String pad(Verb verb, String text, boolean number) {
    int missing = verb.width() - text.codePointCount(0, text.length());
    if (missing <= 0) {
      return text;
    }
    String fill = (verb.padsWithZeros() && !number ? "0" : " ").repeat(missing);
    return verb.has('-') ? text + fill : fill + text;
  }

  private static String badVerb(Verb verb, @Nullable Object value) {
    return "%!" + Character.toString(verb.verb()) + "(" + typed(value) + ")";
  }
}
