package io.pharos.alerting.channel;

import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A JSON object under construction. Its keys are written in the order in which they were added.
public final class Json extends LinkedHashMap<String, @Nullable Object> {
  private Json() {}

  /// Creates an empty object.
  public static Json object() {
    return new Json();
  }

  /// Adds a value and returns this object.
  public Json with(String key, @Nullable Object value) {
    put(key, value);
    return this;
  }

  /// Adds a text unless it is empty, and returns this object.
  public Json withText(String key, String text) {
    return text.isEmpty() ? this : with(key, text);
  }

  /// Adds a list unless it is empty, and returns this object.
  public Json withAll(String key, List<?> values) {
    return values.isEmpty() ? this : with(key, values);
  }

  /// Adds all entries of another object, and returns this object.
  public Json withAll(Json other) {
    putAll(other);
    return this;
  }
}
