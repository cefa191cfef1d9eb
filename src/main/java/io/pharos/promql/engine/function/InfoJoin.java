package io.pharos.promql.engine.function;

import io.pharos.model.LabelMatcher;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.promql.ast.AtModifier;
import io.pharos.promql.ast.DurationExpr;
import io.pharos.promql.ast.Expr;
import io.pharos.promql.ast.Shift;
import io.pharos.promql.engine.query.Columns;
import io.pharos.promql.engine.query.ColumnsBuilder;
import io.pharos.promql.engine.query.QueryContext;
import io.pharos.promql.engine.query.QueryErrors;
import io.pharos.promql.engine.query.Steps;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Evaluates `info(v, {…})`, which adds the labels of info series such as `target_info` to the
/// series of `v` with the same `instance` and `job`.
final class InfoJoin {
  /* The selector in the second argument has two roles. Matchers on the name select info metrics.
   * The other matchers select the labels to copy, and must also match the info series. If
   * several info series of one metric have the same identity, the series with the newest sample is
   * used. Info series are read at the time of the first selector of `v`. */
  private static final String INFO_METRIC = "target_info";
  private static final String INFO_NAMES = ".+_info";

  /// The labels that a series and its info series have in common.
  private record Identity(String instance, String job) {
    static Identity of(Labels labels) {
      return new Identity(labels.get("instance"), labels.get("job"));
    }
  }

  /// Info series of one metric and one identity.
  ///
  /// @param members indexes of the series
  private record Group(List<Integer> members) {}

  /// An info series.
  ///
  /// @param times time of its newest sample at each step
  private record Info(Labels labels, long[] times) {}

  /// The time at which info series are read.
  ///
  /// @param at fixed time; null for the evaluation time
  /// @param offsetMillis how long before that time the series are read
  private record Reference(@Nullable AtModifier at, long offsetMillis) {}

  private static final long NEVER = Long.MIN_VALUE;

  private final QueryContext context;
  private final List<LabelMatcher> nameMatchers = new ArrayList<>();
  private final Map<String, List<LabelMatcher>> dataMatchers = new LinkedHashMap<>();

  InfoJoin(QueryContext context, Expr.Call call) {
    this.context = context;
    if (call.arguments().size() > 1
        && call.arguments().get(1) instanceof Expr.VectorSelector selector) {
      for (LabelMatcher matcher : selector.matchers()) {
        if (matcher.name().equals(Labels.METRIC_NAME)) {
          nameMatchers.add(matcher);
        } else {
          dataMatchers.computeIfAbsent(matcher.name(), _ -> new ArrayList<>()).add(matcher);
        }
      }
    }
    boolean anyPositive =
        nameMatchers.stream()
            .anyMatch(
                matcher ->
                    matcher.type() == LabelMatcher.Type.EQUAL
                        || matcher.type() == LabelMatcher.Type.REGEX);
    if (nameMatchers.isEmpty()) {
      nameMatchers.add(LabelMatcher.equal(Labels.METRIC_NAME, INFO_METRIC));
    } else if (!anyPositive) {
      nameMatchers.addFirst(
          LabelMatcher.of(LabelMatcher.Type.REGEX, Labels.METRIC_NAME, INFO_NAMES));
    }
  }

  Columns join(Columns base, Expr argument, Steps steps) {
    boolean[] isInfo = new boolean[base.rows()];
    var instances = new HashSet<String>();
    var jobs = new HashSet<String>();
    for (int row = 0; row < base.rows(); row++) {
      String name = base.labels(row).metricName();
      isInfo[row] = nameMatchers.stream().allMatch(matcher -> matcher.matches(name));
      if (!isInfo[row]) {
        addUnlessEmpty(base.labels(row).get("instance"), instances);
        addUnlessEmpty(base.labels(row).get("job"), jobs);
      }
    }
    List<Info> infos =
        instances.isEmpty() && jobs.isEmpty() ? List.of() : read(argument, steps, instances, jobs);
    Map<Identity, List<Group>> groups = groups(infos);
    var result = new ColumnsBuilder(steps.count());
    int[][] newest = newest(base, groups, infos, steps);
    for (int row = 0; row < base.rows(); row++) {
      context.checkTime();
      if (isInfo[row]) {
        copy(base, row, result);
      } else {
        List<Group> matching = groups.getOrDefault(Identity.of(base.labels(row)), List.of());
        enrich(base, row, matching, infos, newest, result);
      }
    }
    return result.build();
  }

  private static void addUnlessEmpty(String value, Set<String> values) {
    if (!value.isEmpty()) {
      values.add(value);
    }
  }

  private static void copy(Columns base, int row, ColumnsBuilder result) {
    int target = result.row(base.labels(row), base.nameDropped(row));
    result.addRow(target, base, row);
  }

  /// Returns the info series whose `instance` and `job` each occur in the base series.
  private List<Info> read(Expr argument, Steps steps, Set<String> instances, Set<String> jobs) {
    Reference reference = reference(argument);
    Shift shift =
        new Shift(
            reference == null ? null : reference.at(),
            reference == null ? null : DurationExpr.ofMillis(reference.offsetMillis()));
    long lookback = context.options().lookback().toMillis();
    long from = context.reference(shift, steps.startMillis()) - lookback + 1;
    long to = context.reference(shift, steps.lastMillis());
    var matchers = new ArrayList<>(nameMatchers);
    dataMatchers.values().forEach(matchers::addAll);
    SeriesSet set = context.storage().select(matchers, from, to);
    var infos = new ArrayList<Info>();
    var window = new SampleWindow();
    for (int i = 0; i < set.size(); i++) {
      context.checkTime();
      Labels labels = set.labels(i);
      if ((!instances.isEmpty() && !instances.contains(labels.get("instance")))
          || (!jobs.isEmpty() && !jobs.contains(labels.get("job")))) {
        continue;
      }
      window.clear();
      set.read(i, from, to, window);
      context.addSamplesRead(window.size());
      var times = new long[steps.count()];
      int next = 0;
      for (int step = 0; step < times.length; step++) {
        long time = context.reference(shift, steps.at(step));
        while (next < window.size() && window.timestamp(next) <= time) {
          next++;
        }
        times[step] = timeOf(window, next - 1, time - lookback);
      }
      infos.add(new Info(labels, times));
    }
    return infos;
  }

  private static long timeOf(SampleWindow window, int index, long after) {
    if (index < 0 || window.timestamp(index) <= after || StaleMarker.is(window.value(index))) {
      return NEVER;
    }
    if (window.histogram(index) != null) {
      throw QueryErrors.execution("info sample should be float");
    }
    return window.timestamp(index);
  }

  /// Returns the reading time of the first selector of an expression, including shifts by the
  /// subqueries around it; null if the expression has no selector.
  private @Nullable Reference reference(Expr expr) {
    if (expr instanceof Expr.VectorSelector selector) {
      return moved(new Reference(null, 0), selector.shift());
    }
    for (Expr child : expr.children()) {
      Reference found = reference(child);
      if (found != null) {
        return expr instanceof Expr.Subquery subquery ? moved(found, subquery.shift()) : found;
      }
    }
    return null;
  }

  private Reference moved(Reference inner, Shift shift) {
    if (inner.at() != null) {
      return inner;
    }
    DurationExpr offset = shift.offset();
    return new Reference(
        shift.at(), inner.offsetMillis() + (offset == null ? 0 : context.millis(offset)));
  }

  private static Map<Identity, List<Group>> groups(List<Info> infos) {
    var byIdentity = new LinkedHashMap<Identity, Map<String, Group>>();
    for (int i = 0; i < infos.size(); i++) {
      Labels labels = infos.get(i).labels();
      byIdentity
          .computeIfAbsent(Identity.of(labels), _ -> new TreeMap<>())
          .computeIfAbsent(labels.metricName(), _ -> new Group(new ArrayList<>()))
          .members()
          .add(i);
    }
    var groups = new LinkedHashMap<Identity, List<Group>>();
    byIdentity.forEach((identity, byName) -> groups.put(identity, List.copyOf(byName.values())));
    return groups;
  }

  /// Returns the index of the info series to use for each group at each step: the series with the
  /// newest sample, or -1 if no series has a sample. The array of a group is at the index of the
  /// group's first member.
  private static int[][] newest(
      Columns base, Map<Identity, List<Group>> groups, List<Info> infos, Steps steps) {
    var newest = new int[infos.size()][];
    for (List<Group> ofIdentity : groups.values()) {
      for (Group group : ofIdentity) {
        int[] chosen = new int[steps.count()];
        Arrays.fill(chosen, -1);
        for (int step = 0; step < chosen.length; step++) {
          if (hasAny(base, step)) {
            chosen[step] = newest(group, infos, step);
          }
        }
        newest[group.members().getFirst()] = chosen;
      }
    }
    return newest;
  }

  private static boolean hasAny(Columns base, int step) {
    for (int row = 0; row < base.rows(); row++) {
      if (base.has(row, step)) {
        return true;
      }
    }
    return false;
  }

  private static int newest(Group group, List<Info> infos, int step) {
    int best = -1;
    for (int member : group.members()) {
      long time = infos.get(member).times()[step];
      long newest = best < 0 ? NEVER : infos.get(best).times()[step];
      if (time != NEVER && time == newest) {
        throw QueryErrors.execution(
            "found duplicate series for info metric: existing %s @ %s, new %s @ %s"
                .formatted(infos.get(best).labels(), newest, infos.get(member).labels(), time));
      }
      if (time > newest) {
        best = member;
      }
    }
    return best;
  }

  private void enrich(
      Columns base,
      int row,
      List<Group> groups,
      List<Info> infos,
      int[][] newest,
      ColumnsBuilder result) {
    boolean acceptsMissing =
        dataMatchers.values().stream()
            .flatMap(List::stream)
            .allMatch(matcher -> matcher.matches(""));
    int[] chosen = new int[groups.size()];
    int[] previousChosen = {};
    int target = -1;
    for (int step = 0; step < base.steps(); step++) {
      if (!base.has(row, step)) {
        continue;
      }
      boolean hasInfo = false;
      for (int i = 0; i < chosen.length; i++) {
        chosen[i] = newest[groups.get(i).members().getFirst()][step];
        hasInfo |= chosen[i] >= 0;
      }
      if (!hasInfo && !acceptsMissing) {
        continue;
      }
      if (target < 0 || !Arrays.equals(chosen, previousChosen)) {
        previousChosen = chosen.clone();
        target = result.row(labels(base.labels(row), chosen, infos), base.nameDropped(row));
      }
      result.addFrom(target, step, base, row);
    }
  }

  private Labels labels(Labels base, int[] chosen, List<Info> infos) {
    var added = new TreeMap<String, String>();
    for (int info : chosen) {
      if (info < 0) {
        continue;
      }
      infos
          .get(info)
          .labels()
          .forEach(
              (name, value) -> {
                if (name.equals(Labels.METRIC_NAME)
                    || (!dataMatchers.isEmpty() && !dataMatchers.containsKey(name))) {
                  return;
                }
                String present = added.get(name);
                if (present != null && !present.equals(value)) {
                  throw QueryErrors.execution("conflicting label: " + name);
                }
                if (!base.has(name)) {
                  added.put(name, value);
                }
              });
    }
    Labels.Builder builder = base.toBuilder();
    added.forEach(builder::set);
    return builder.build();
  }
}
