package io.pharos.state.jdbc;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The conditions of a query, with their values.
final class SqlConditions {
  private final List<String> conditions = new ArrayList<>();
  private final List<Object> values = new ArrayList<>();

  /// Adds a condition, unless the value is null or the empty string, which stand for any value.
  void add(String condition, @Nullable Object value) {
    if (value != null && !value.equals("")) {
      conditions.add(condition);
      values.add(value);
    }
  }

  /// Returns the `where` clause; the empty string if there are no conditions.
  String where() {
    return conditions.isEmpty() ? "" : "where " + String.join(" and ", conditions);
  }

  /// Returns the values of the conditions, followed by further values.
  Object[] values(Object... further) {
    var joined = new ArrayList<>(values);
    joined.addAll(List.of(further));
    return joined.toArray();
  }
}
