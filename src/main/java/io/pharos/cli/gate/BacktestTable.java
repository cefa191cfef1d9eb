package io.pharos.cli.gate;

import io.pharos.gate.GateState;
import io.pharos.gate.hindsight.Backtest;
import io.pharos.model.PromDuration;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Prints the verdicts of a policy on stored releases, and the totals.
record BacktestTable(PrintStream out) {
  private static final List<String> HEAD =
      List.of("RELEASE,OPENED,THEN,AFTER,REGRETTED,NOW,AFTER,REGRETTED,NOT KNOWN".split(","));

  void print(List<Backtest.Row> rows) {
    var lines = new ArrayList<List<String>>();
    lines.add(HEAD);
    rows.forEach(row -> lines.add(cells(row)));
    var format = new StringBuilder();
    for (int i = 0; i < HEAD.size(); i++) {
      int column = i;
      int width = lines.stream().mapToInt(line -> line.get(column).length()).max().orElse(0);
      format.append("%-").append(width + 2).append('s');
    }
    lines.forEach(line -> out.println(format.toString().formatted(line.toArray()).stripTrailing()));
    for (Backtest.Row row : rows) {
      if (row.now() != row.run().state() || row.now() == GateState.RUNNING) {
        out.println();
        out.println(release(row) + " " + row.run().id() + ": " + row.why());
      }
    }
    out.println();
    totals(rows);
  }

  private static List<String> cells(Backtest.Row row) {
    return List.of(
        release(row),
        row.run().openedAt().toString(),
        row.run().state() + " " + row.run().code(),
        time(row.takesThen()),
        words(row.regretsThen()),
        verdict(row),
        time(row.takesNow()),
        words(row.regretsNow()),
        words(row.missing()));
  }

  private static String release(Backtest.Row row) {
    return row.run().service() + " " + row.run().version() + " in " + row.run().env();
  }

  /* Evidence that ends before a verdict is unknown, never a pass. */
  private static String verdict(Backtest.Row row) {
    return row.now() == GateState.RUNNING ? "unknown" : row.now() + " " + row.code();
  }

  private static String time(@Nullable Duration duration) {
    return duration == null ? "-" : PromDuration.format(duration);
  }

  private static String words(List<String> words) {
    return words.isEmpty() ? "-" : String.join(",", words);
  }

  private void totals(List<Backtest.Row> rows) {
    out.printf(
        "%d releases: %d the same, %d unknown%n",
        rows.size(),
        count(rows, row -> row.now() == row.run().state() && row.now() != GateState.RUNNING),
        count(rows, row -> row.now() == GateState.RUNNING));
    for (GateState state : List.of(GateState.PASS, GateState.FAIL, GateState.INCONCLUSIVE)) {
      total(rows, state.name(), row -> row.run().state() == state, row -> row.now() == state);
    }
    total(rows, "regretted", it -> !it.regretsThen().isEmpty(), it -> !it.regretsNow().isEmpty());
  }

  private void total(
      List<Backtest.Row> rows,
      String name,
      Predicate<Backtest.Row> then,
      Predicate<Backtest.Row> now) {
    out.printf("%-12s %d then, %d now%n", name, count(rows, then), count(rows, now));
  }

  private static long count(List<Backtest.Row> rows, Predicate<Backtest.Row> wanted) {
    return rows.stream().filter(wanted).count();
  }
}
