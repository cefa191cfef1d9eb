package io.pharos.server.api;

import com.fasterxml.jackson.core.JsonGenerator;
import java.io.IOException;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A value of a JSON document, which is written as a stream.
///
/// Where values are `Object`s, they are texts, booleans, numbers, nulls, maps, collections or parts
/// of this type.
@FunctionalInterface
public interface JsonValue {
  /// Writes the value.
  void write(JsonGenerator json) throws IOException;

  /// An object.
  ///
  /// @param fields a name, its value, a name and so on; an empty `Optional` leaves its field out
  static JsonValue object(@Nullable Object... fields) {
    return json -> {
      json.writeStartObject();
      for (int i = 0; i < fields.length; i += 2) {
        Object value = fields[i + 1];
        if (value instanceof Optional<?> given) {
          if (given.isEmpty()) {
            continue;
          }
          value = given.get();
        }
        json.writeFieldName(String.valueOf(fields[i]));
        write(json, value);
      }
      json.writeEndObject();
    };
  }

  /// An array of the values that items are mapped to, one after the other.
  static <T> JsonValue array(Collection<T> items, Function<T, ?> value) {
    return json -> {
      json.writeStartArray();
      for (T item : items) {
        write(json, value.apply(item));
      }
      json.writeEndArray();
    };
  }

  /// Writes a value of any of the types above.
  static void write(JsonGenerator json, @Nullable Object value) throws IOException {
    switch (value) {
      case null -> json.writeNull();
      case JsonValue part -> part.write(json);
      case String text -> json.writeString(text);
      case Boolean is -> json.writeBoolean(is);
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
