package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.engine.query.QueryContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/// Numbers the groups of an aggregation in the order of their first rows.
final class GroupNumbers {
  private static final int FREE = -1;

  private final boolean without;
  private final Set<String> names;

  /* For `by`: the sorted label names, the values of these labels in the current row and in each
   * group, and a hash table from the values to the number of the group. Labels are created only for
   * new groups. */
  private final String[] sortedNames;
  private final String[] values;
  private final List<String[]> groups = new ArrayList<>();
  private int[] table = {};

  private final Map<Labels, Integer> numbers = new HashMap<>();
  private final List<Labels> labels = new ArrayList<>();

  GroupNumbers(Expr.Aggregate node) {
    without = node.without();
    names = new HashSet<>(node.grouping());
    sortedNames = new TreeSet<>(names).toArray(String[]::new);
    values = new String[sortedNames.length];
  }

  int count() {
    return labels.size();
  }

  /// Returns the labels of each group.
  Labels[] labels() {
    return labels.toArray(Labels[]::new);
  }

  /// Returns whether the groups do not change if the metric names of the rows are dropped.
  boolean ignoresNames() {
    return without || names.stream().noneMatch(QueryContext::isMetadata);
  }

  /// Returns the group number of a row with these labels.
  int of(Labels row) {
    return without ? groupWithout(row) : groupBy(row);
  }

  private int groupWithout(Labels row) {
    Labels key = labelsOf(row, without, names);
    Integer number = numbers.putIfAbsent(key, labels.size());
    if (number != null) {
      return number;
    }
    labels.add(key);
    return labels.size() - 1;
  }

  /// Returns the labels of the group of a row.
  static Labels labelsOf(Labels row, boolean without, Set<String> names) {
    if (without) {
      return row.keep(name -> !name.equals(Labels.METRIC_NAME) && !names.contains(name));
    }
    return names.isEmpty() ? Labels.empty() : row.only(names);
  }

  private int groupBy(Labels row) {
    int hash = 0;
    int index = 0;
    for (int i = 0; i < sortedNames.length; i++) {
      int order = -1;
      while (index < row.size() && (order = row.name(index).compareTo(sortedNames[i])) < 0) {
        index++;
      }
      values[i] = index < row.size() && order == 0 ? row.value(index) : "";
      hash = 31 * hash + values[i].hashCode();
    }
    if (2 * groups.size() >= table.length) {
      grow();
    }
    int slot = slot(hash);
    while (table[slot] != FREE && !hasValues(table[slot])) {
      slot = (slot + 1) & (table.length - 1);
    }
    if (table[slot] == FREE) {
      table[slot] = groups.size();
      groups.add(values.clone());
      labels.add(labelsOf(row, without, names));
    }
    return table[slot];
  }

  private boolean hasValues(int number) {
    String[] group = groups.get(number);
    for (int i = 0; i < values.length; i++) {
      if (!group[i].equals(values[i])) {
        return false;
      }
    }
    return true;
  }

  private int slot(int hash) {
    int mixed = hash * 0x9E3779B9;
    return (mixed ^ mixed >>> 16) & (table.length - 1);
  }

  private void grow() {
    table = new int[Math.max(16, 2 * table.length)];
    Arrays.fill(table, FREE);
    for (int number = 0; number < groups.size(); number++) {
      int hash = 0;
      for (String value : groups.get(number)) {
        hash = 31 * hash + value.hashCode();
      }
      int slot = slot(hash);
      while (table[slot] != FREE) {
        slot = (slot + 1) & (table.length - 1);
      }
      table[slot] = number;
    }
  }
}
