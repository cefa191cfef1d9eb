package io.pharos.alerting.channel;

import java.util.LinkedHashMap;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A JSON object that is being built; keeps the order of its keys.
public final class Json extends LinkedHashMap<String, @Nullable Object> {
  private Json() {}

  /// An empty object.
  public static Json object() {
    return new Json();
  }

  /// Adds a value.
  public Json with(String key, @Nullable Object value) {
    put(key, value);
    return this;
  }

  /// Adds a text unless it is empty.
  public Json withText(String key, String text) {
    return text.isEmpty() ? this : with(key, text);
  }

  /// Adds a list unless it is empty.
  public Json withAll(String key, List<?> values) {
    return values.isEmpty() ? this : with(key, values);
  }

  /// Adds all entries of another object.
  public Json withAll(Json more) {
    putAll(more);
    return this;
  }
}
