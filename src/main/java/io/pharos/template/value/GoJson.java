package io.pharos.template.value;

import io.pharos.model.GoFloat;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Writes JSON as Go's encoding/json does: `<`, `>` and `&` are escaped, and there are no spaces.
/// Maps are written in the order of iteration. Since Go sorts maps but not structs, pass a sorted
/// map for a Go map, and a sequenced map for a Go struct.
public final class GoJson {
  private GoJson() {}

  /// Writes nil, strings, numbers, booleans, lists, maps and template objects.
  ///
  /// @throws IllegalArgumentException for NaN and infinities, which JSON cannot represent
  public static String write(@Nullable Object value) {
    var json = new StringBuilder();
    write(json, value);
    return json.toString();
  }

  private static void write(StringBuilder json, @Nullable Object value) {
    switch (value) {
      case null -> json.append("null");
      case String text -> quote(json, text);
      case SafeText safe -> quote(json, safe.text());
      case Boolean flag -> json.append(flag);
      case Double number -> json.append(number(number));
      case Number number -> json.append(number);
      case List<?> list -> list(json, list);
      case Map<?, ?> map -> map(json, map, name -> name);
      case TimeValue time -> quote(json, time.rfc3339());
      case DurationValue duration -> json.append(duration.nanos());
      case TimeValue.NamedNumber named -> json.append(named.number());
      case TemplateObject object -> object(json, object);
      default -> throw new IllegalArgumentException("unsupported type: " + value.getClass());
    }
  }

  private static void object(StringBuilder json, TemplateObject object) {
    switch (object.shape()) {
      case TemplateObject.Struct(var fields) -> {
        map(json, fields, object::jsonName);
      }
      case TemplateObject.Sequence(var elements) -> list(json, elements);
      case TemplateObject.Mapping _ -> {
        SequencedMap<String, ?> entries = Values.entries(object);
        map(json, entries == null ? Map.of() : entries, name -> name);
      }
      case TemplateObject.Printed(String text, _) -> quote(json, text);
    }
  }

  private static void list(StringBuilder json, List<? extends @Nullable Object> list) {
    json.append('[');
    for (int i = 0; i < list.size(); i++) {
      if (i > 0) {
        json.append(',');
      }
      write(json, list.get(i));
    }
    json.append(']');
  }

  private static void map(
      StringBuilder json, Map<?, ? extends @Nullable Object> map, UnaryOperator<String> key) {
    json.append('{');
    boolean first = true;
    for (var entry : map.entrySet()) {
      if (!first) {
        json.append(',');
      }
      first = false;
      quote(json, key.apply(String.valueOf(entry.getKey())));
      json.append(':');
      write(json, entry.getValue());
    }
    json.append('}');
  }

  /// Formats a number like a Go float64: with an exponent below 1e-6 and from 1e21 on.
  static String number(double value) {
    if (!Double.isFinite(value)) {
      throw new IllegalArgumentException("unsupported value: " + GoFloat.general(value));
    }
    return GoFloat.json(value).replaceFirst("e-0(\\d)$", "e-$1");
  }

  private static boolean isPlain(int c) {
    return c >= ' ' && c < 0x7f && c != '"' && c != '\\' && c != '<' && c != '>' && c != '&';
  }

  private static void quote(StringBuilder json, String text) {
    int plain = 0;
    while (plain < text.length() && isPlain(text.charAt(plain))) {
      plain++;
    }
    json.append('"').append(text, 0, plain);
    if (plain == text.length()) { // nearly all
      json.append('"');
      return;
    }
    text.substring(plain)
        .codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '"' -> json.append("\\\"");
                case '\\' -> json.append("\\\\");
                case '\n' -> json.append("\\n");
                case '\r' -> json.append("\\r");
                case '\t' -> json.append("\\t");
                case '\b' -> json.append("\\b");
                case '\f' -> json.append("\\f");
                case '<', '>', '&', 0x2028, 0x2029 -> json.append("\\u%04x".formatted(c));
                default -> {
                  if (c < 0x20) {
                    json.append("\\u%04x".formatted(c));
                  } else if (c >= 0xd800 && c <= 0xdfff) {
                    json.append("\\ufffd");
                  } else {
                    json.appendCodePoint(c);
                  }
                }
              }
            });
    json.append('"');
  }
}
