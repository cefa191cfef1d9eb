package io.pharos.promql.engine;

import io.pharos.model.Labels;
import io.pharos.model.histogram.Histogram;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Aggregates rows of floats as they come, so that nobody has to hold them: the result of
/// [Aggregations] over the same rows, bit for bit.
final class GroupedRows implements RowSink {
  private final QueryContext context;
  private final GroupNumbers groups;
  private final Accumulator accumulator;
  private final int steps;
  private final boolean namesStay;
  private boolean[] dropped = new boolean[8];
  private int room;
  private @Nullable String metricName;

  /// @param steps how many cells a row has
  /// @param namesStay whether no two rows become one because their names are dropped
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

  /// Takes no histograms, and no rows that may be one with another.
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

  /// Whether a row differs from those before in more than what is dropped of a name.
  private boolean isLikeThoseBefore(Labels labels) {
    String name = labels.metricName();
    if (metricName == null) {
      metricName = name;
    }
    return name.equals(metricName) && !QueryContext.isDescribed(labels);
  }

  private void grow(int least) {
    int wanted = Math.max(least, Math.min(2 * room, room + 1024));
    context.requireRoom(wanted, steps);
    context.holdBytes((long) (wanted - room) * steps * Accumulator.BYTES_PER_CELL);
    room = wanted;
    accumulator.room(Math.multiplyExact(room, steps));
    if (dropped.length < room) {
      dropped = Arrays.copyOf(dropped, room);
    }
  }

  /// The groups with what their rows came to.
  Columns columns() {
    return new Columns(
        groups.labels(),
        Arrays.copyOf(dropped, groups.count()),
        steps,
        accumulator.values(groups.count() * steps));
  }
}
