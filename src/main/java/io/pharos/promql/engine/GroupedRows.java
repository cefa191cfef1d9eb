package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.RowSink;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Aggregates rows of floats one by one, without storing them. The result is exactly that of
/// [Aggregations].
final class GroupedRows implements RowSink {
  private final QueryContext context;
  private final GroupNumbers groups;
  private final Accumulator accumulator;
  private final int steps;
  private final boolean keepsNames;
  private boolean[] dropped = new boolean[8];
  private int capacity;
  private @Nullable String metricName;

  /// Creates a sink without rows.
  ///
  /// @param steps number of cells per row
  /// @param keepsNames whether the rows keep their metric names, so that no two rows become equal
  GroupedRows(
      QueryContext context,
      GroupNumbers groups,
      Accumulator accumulator,
      int steps,
      boolean keepsNames) {
    this.context = context;
    this.groups = groups;
    this.accumulator = accumulator;
    this.steps = steps;
    this.keepsNames = keepsNames;
  }

  /// Adds a row. Returns false without adding it if it has histograms, or if its labels may equal
  /// the labels of another row.
  @Override
  public boolean add(
      Labels labels,
      boolean rowDropped,
      double[] cells,
      @Nullable Histogram @Nullable [] histograms) {
    if (histograms != null || !(keepsNames || hasNameOfFirst(labels))) {
      return false;
    }
    int group = groups.of(labels);
    if (group >= capacity) {
      grow(group + 1);
    }
    dropped[group] |= rowDropped;
    accumulator.addRow(group * steps, cells, 0, steps);
    return true;
  }

  /// Returns whether the row has the same metric name as the first row and no other metadata, so
  /// that its labels stay unique when the names are dropped.
  private boolean hasNameOfFirst(Labels labels) {
    String name = labels.metricName();
    if (metricName == null) {
      metricName = name;
    }
    return name.equals(metricName) && !QueryContext.isDescribed(labels);
  }

  private void grow(int needed) {
    int grown = Math.max(needed, Math.min(2 * capacity, capacity + Math.max(1024, capacity / 2)));
    context.requireRows(grown, steps);
    context.holdBytes((long) (grown - capacity) * steps * accumulator.bytesPerCell());
    capacity = grown;
    accumulator.ensureCells(Math.multiplyExact(capacity, steps));
    if (dropped.length < capacity) {
      dropped = Arrays.copyOf(dropped, capacity);
    }
  }

  /// Returns the groups with their results.
  Columns columns() {
    return new Columns(
        groups.labels(),
        Arrays.copyOf(dropped, groups.count()),
        steps,
        accumulator.values(groups.count() * steps));
  }
}
