package io.pharos.state.jdbc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The conditions of a selection, with their values.
final class SqlConditions {
  private final List<String> conditions = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();

  /// Adds a condition; null and the empty string mean that any value matches.
  void add(String condition, @Nullable Object value) {
    if (value != null && !value.equals("")) {
      conditions.add(condition);
      values.add(value);
    }
  }

  /// The clause, or the empty string without conditions.
  String where() {
    return conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
  }

  /// The values of the conditions, and further ones after them.
  Object[] values(Object... more) {
    var all = new ArrayList<>(values);
    all.addAll(List.of(more));
    return all.toArray();
  }
}
