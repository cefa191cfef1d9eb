package io.pharos.alerting.channel;

import java.util.AbstractMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// An object of JSON under way, its keys in the order in which they are put.
public final class Json extends AbstractMap<String, @Nullable Object> {
  private final Map<String, @Nullable Object> entries = new LinkedHashMap<>();

  private Json() {}

  /// An empty object.
  public static Json object() {
    return new Json();
  }

  /// Puts a value, whatever it is.
  public Json with(String key, @Nullable Object value) {
    entries.put(key, value);
    return this;
  }

  /// Puts a text that is not empty.
  public Json withText(String key, String text) {
    return text.isEmpty() ? this : with(key, text);
  }

  /// Puts a list that is not empty.
  public Json withAll(String key, List<?> values) {
    return values.isEmpty() ? this : with(key, values);
  }

  /// Puts all of another object.
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
