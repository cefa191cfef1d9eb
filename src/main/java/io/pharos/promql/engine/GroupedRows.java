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
  private final boolean namesStay;
  private boolean[] dropped = new boolean[8];
  private int room;
  private @Nullable String metricName;

  /// @param steps number of cells per row
  /// @param namesStay whether no two rows become equal when their metric names are dropped
  GroupedRows(
      QueryContext context,
      GroupNumbers groups,
      Accumulator accumulator,
      int steps,
      boolean namesStay) {
    this.context = context;
    this.groups = groups;
    this.accumulator = accumulator;
    this.steps = steps;
    this.namesStay = namesStay;
  }

  /// Adds a row. Rejects histograms, and rows whose labels may equal those of another row.
  @Override
  public boolean add(
      Labels labels,
      boolean rowDropped,
      double[] cells,
      @Nullable Histogram @Nullable [] histograms) {
    if (histograms != null || !(namesStay || isLikeThoseBefore(labels))) {
      return false;
    }
    int group = groups.of(labels);
    if (group >= room) {
      grow(group + 1);
    }
    dropped[group] |= rowDropped;
    accumulator.addRow(group * steps, cells, 0, steps);
    return true;
  }

  /// Returns whether the row may have the same labels as an earlier row once the metric names are
  /// dropped.
  private boolean isLikeThoseBefore(Labels labels) {
    String name = labels.metricName();
    if (metricName == null) {
      metricName = name;
    }
    return name.equals(metricName) && !QueryContext.isDescribed(labels);
  }

  private void grow(int least) {
    int wanted = Math.max(least, Math.min(2 * room, room + Math.max(1024, room / 2)));
    context.requireRoom(wanted, steps);
    context.holdBytes((long) (wanted - room) * steps * accumulator.bytesPerCell());
    room = wanted;
    accumulator.room(Math.multiplyExact(room, steps));
    if (dropped.length < room) {
      dropped = Arrays.copyOf(dropped, room);
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
