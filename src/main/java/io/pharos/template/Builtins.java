package io.pharos.template;

import io.pharos.template.value.Arguments;
import io.pharos.template.value.GoFormat;
import io.pharos.template.value.SafeText;
import io.pharos.template.value.Values;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Go's built-in template functions.
final class Builtins {
  private Builtins() {}

  static void addTo(Functions.Builder functions) {
    // The interpreter evaluates `and` and `or` itself; these entries only define their names and
    // numbers of arguments.
    functions
        .add("and", 1, -1, arguments -> arguments.get(0))
        .add("or", 1, -1, arguments -> arguments.get(0))
        .add("not", 1, arguments -> !Values.truth(arguments.get(0)))
        .add("len", 1, arguments -> length(arguments.get(0)))
        .add("index", 1, -1, Builtins::index)
        .add("slice", 1, 4, Builtins::slice)
        .add("print", 0, -1, arguments -> GoFormat.sprint(arguments.from(0)))
        .add("println", 0, -1, arguments -> GoFormat.sprintln(arguments.from(0)))
        .add("printf", 1, -1, a -> GoFormat.sprintf(a.string(0), a.from(1)))
        .add("html", 0, -1, arguments -> html(text(arguments)))
        .add("js", 0, -1, arguments -> js(text(arguments)))
        .add("urlquery", 0, -1, arguments -> urlQuery(text(arguments)))
        .add("call", 1, -1, Builtins::call)
        .add("eq", 2, -1, Builtins::equal)
        .add("ne", 2, arguments -> !Values.equal(arguments.get(0), arguments.get(1)))
        .add("lt", 2, arguments -> Values.less(arguments.get(0), arguments.get(1)))
        .add("le", 2, a -> lessOrEqual(a.get(0), a.get(1)))
        .add("gt", 2, a -> !lessOrEqual(a.get(0), a.get(1)))
        .add("ge", 2, arguments -> !Values.less(arguments.get(0), arguments.get(1)));
  }

  private static String text(Arguments arguments) {
    return arguments.size() == 1 && arguments.get(0) == null
        ? "<no value>"
        : GoFormat.sprint(arguments.from(0));
  }

  private static boolean equal(Arguments arguments) {
    for (int i = 1; i < arguments.size(); i++) {
      if (Values.equal(arguments.get(0), arguments.get(i))) {
        return true;
      }
    }
    return false;
  }

  private static boolean lessOrEqual(@Nullable Object left, @Nullable Object right) {
    return Values.less(left, right) || Values.equal(left, right);
  }

  private static @Nullable Object call(Arguments arguments) {
    throw new IllegalArgumentException("non-function of type " + Values.typeName(arguments.get(0)));
  }

  private static Object length(@Nullable Object value) {
    var entries = Values.entries(value);
    var elements = Values.elements(value);
    if (entries != null) {
      return (long) entries.size();
    }
    if (elements != null) {
      return (long) elements.size();
    }
    return switch (value) {
      case String text -> (long) text.getBytes(StandardCharsets.UTF_8).length;
      case SafeText safe -> (long) safe.text().getBytes(StandardCharsets.UTF_8).length;
      case null -> throw new IllegalArgumentException("len of nil pointer");
      default -> throw new IllegalArgumentException("len of type " + Values.typeName(value));
    };
  }

  private static @Nullable Object index(Arguments arguments) {
    Object value = arguments.get(0);
    if (value == null) {
      throw new IllegalArgumentException("index of untyped nil");
    }
    for (int i = 1; i < arguments.size(); i++) {
      value = index(value, arguments, i);
    }
    return value;
  }

  private static @Nullable Object index(@Nullable Object value, Arguments arguments, int i) {
    var entries = Values.entries(value);
    if (entries != null) {
      Object found = entries.get(arguments.string(i));
      boolean ofStrings = entries.values().stream().allMatch(String.class::isInstance);
      return found == null && ofStrings ? "" : found;
    }
    var elements = Values.elements(value);
    if (elements != null) {
      return elements.get(position(arguments.integer(i), elements.size() - 1));
    }
    if (value instanceof String text) {
      byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
      return (long) (bytes[position(arguments.integer(i), bytes.length - 1)] & 0xff);
    }
    throw new IllegalArgumentException("can't index item of type " + Values.typeName(value));
  }

  private static int position(long index, int last) {
    if (index < 0 || index > last) {
      throw new IllegalArgumentException("index out of range: " + index);
    }
    return (int) index;
  }

  private static Object slice(Arguments arguments) {
    Object value = arguments.get(0);
    List<? extends @Nullable Object> elements = Values.elements(value);
    if (elements == null && !(value instanceof String)) {
      throw new IllegalArgumentException("can't slice item of type " + Values.typeName(value));
    }
    byte[] bytes =
        value instanceof String text ? text.getBytes(StandardCharsets.UTF_8) : new byte[0];
    if (elements == null && arguments.size() == 4) {
      throw new IllegalArgumentException("cannot 3-index slice a string");
    }
    int size = elements == null ? bytes.length : elements.size();
    int from = arguments.size() > 1 ? position(arguments.integer(1), size) : 0;
    int to = arguments.size() > 2 ? position(arguments.integer(2), size) : size;
    if (from > to) {
      throw new IllegalArgumentException("invalid slice index: " + from + " > " + to);
    }
    return elements == null
        ? new String(Arrays.copyOfRange(bytes, from, to), StandardCharsets.UTF_8)
        : elements.subList(from, to);
  }

  /// Escapes a text like Go's HTMLEscapeString.
  static String html(String text) {
    var escaped = new StringBuilder(text.length() + 16);
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case 0 -> escaped.append('\uFFFD');
        case '"' -> escaped.append("&#34;");
        case '\'' -> escaped.append("&#39;");
        case '&' -> escaped.append("&amp;");
        case '<' -> escaped.append("&lt;");
        case '>' -> escaped.append("&gt;");
        default -> escaped.append(c);
      }
    }
    return escaped.toString();
  }

  /// Escapes a text like Go's JSEscapeString.
  static String js(String text) {
    var escaped = new StringBuilder(text.length() + 16);
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '\\' -> escaped.append("\\\\");
                case '\'' -> escaped.append("\\'");
                case '"' -> escaped.append("\\\"");
                case '<' -> escaped.append("\\u003C");
                case '>' -> escaped.append("\\u003E");
                case '&' -> escaped.append("\\u0026");
                case '=' -> escaped.append("\\u003D");
                default -> {
                  if (c < ' ' || (c >= 0x7f && Character.isISOControl(c))) {
                    escaped.append("\\u%04X".formatted(c));
                  } else {
                    escaped.appendCodePoint(c);
                  }
                }
              }
            });
    return escaped.toString();
  }

  /// Escapes a text like Go's url.QueryEscape: letters, digits and `-_.~` are kept, a space becomes
  /// +.
  static String urlQuery(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("*", "%2A").replace("%7E", "~");
  }
}
