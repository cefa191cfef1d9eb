package io.pharos.server.api;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A value of a JSON document that is written as a stream.
///
/// The methods of this interface accept as a value: a text, a boolean, a number, null, a map, a
/// collection, or a `JsonValue`.
@FunctionalInterface
public interface JsonValue {
  /// Writes the value.
  void write(JsonGenerator json) throws IOException;

  /// Returns an object.
  ///
  /// @param fields names and values in turn: a name, its value, the next name and so on; a field
  ///   whose value is an empty `Optional` is not written
  static JsonValue object(@Nullable Object... fields) {
    return json -> {
      json.writeStartObject();
      for (int i = 0; i < fields.length; i += 2) {
        Object value = fields[i + 1];
        if (value instanceof Optional<?> optional) {
          if (optional.isEmpty()) {
            continue;
          }
          value = optional.get();
        }
        json.writeFieldName(String.valueOf(fields[i]));
        write(json, value);
      }
      json.writeEndObject();
    };
  }

  /// Returns an array with a value for each item, in the order of the items.
  ///
  /// @param value maps an item to its value
  static <T> JsonValue array(Collection<T> items, Function<T, ?> value) {
    return json -> {
      json.writeStartArray();
      for (T item : items) {
        write(json, value.apply(item));
      }
      json.writeEndArray();
    };
  }

  /// Writes a value of one of the types that [JsonValue] lists.
  static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case JsonValue part -> part.write(json);
      case String text -> json.writeString(text);
      case Boolean flag -> json.writeBoolean(flag);
      case Integer number -> json.writeNumber(number);
      case Long number -> json.writeNumber(number);
      case Double number -> json.writeNumber(number);
      case Collection<?> items -> array(items, item -> item).write(json);
      case Map<?, ?> fields -> {
        json.writeStartObject();
        for (Map.Entry<?, ?> field : fields.entrySet()) {
          json.writeFieldName(String.valueOf(field.getKey()));
          write(json, field.getValue());
        }
        json.writeEndObject();
      }
      default -> throw new IllegalArgumentException("not a JSON value: " + value.getClass());
    }
  }
}
