package io.pharos.alerting.channel;

import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// A JSON object that is being built; keeps the order of its keys.
public final class Json extends AbstractMap<String, @Nullable Object> {
  private final Map<String, @Nullable Object> entries = new LinkedHashMap<>();

  private Json() {}

  /// An empty object.
  public static Json object() {
    return new Json();
  }

  /// Adds a value.
  public Json with(String key, @Nullable Object value) {
    entries.put(key, value);
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
  public Json withAll(Map<String, ?> more) {
    entries.putAll(more);
    return this;
  }

  @Override
  public @Nullable Object put(String key, @Nullable Object value) {
    return entries.put(key, value);
  }

  @Override
  public Set<Entry<String, @Nullable Object>> entrySet() {
    return entries.entrySet();
  }
}
