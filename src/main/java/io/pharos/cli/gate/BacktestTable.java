package io.pharos.cli.gate;

import io.pharos.gate.GateState;
import io.pharos.gate.hindsight.Backtest;
import io.pharos.model.PromDuration;
import java.io.PrintStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Prints the verdicts of a policy on stored releases, and the totals.
final class BacktestTable {
  private static final List<String> HEAD =
      List.of(
          "RELEASE",
          "OPENED",
          "THEN",
          "AFTER",
          "REGRETTED",
          "NOW",
          "AFTER",
          "REGRETTED",
          "NOT KNOWN");

  private final PrintStream out;

  BacktestTable(PrintStream out) {
    this.out = out;
  }

  void print(List<Backtest.Row> rows) {
    var lines = new ArrayList<List<String>>();
    lines.add(HEAD);
    rows.forEach(row -> lines.add(cells(row)));
    int[] widths = new int[HEAD.size()];
    for (List<String> line : lines) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], line.get(i).length());
      }
    }
    for (List<String> line : lines) {
      var text = new StringBuilder();
      for (int i = 0; i < widths.length; i++) {
        text.append(("%-" + (widths[i] + 2) + "s").formatted(line.get(i)));
      }
      out.println(text.toString().stripTrailing());
    }
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
    long same =
        rows.stream()
            .filter(row -> row.now() == row.run().state() && row.now() != GateState.RUNNING)
            .count();
    out.printf(
        "%d releases: %d the same, %d unknown%n",
        rows.size(), same, rows.stream().filter(row -> row.now() == GateState.RUNNING).count());
    for (GateState state : List.of(GateState.PASS, GateState.FAIL, GateState.INCONCLUSIVE)) {
      out.printf(
          "%-12s %d then, %d now%n",
          state,
          rows.stream().filter(row -> row.run().state() == state).count(),
          rows.stream().filter(row -> row.now() == state).count());
    }
    out.printf(
        "%-12s %d then, %d now%n",
        "regretted",
        rows.stream().filter(row -> !row.regretsThen().isEmpty()).count(),
        rows.stream().filter(row -> !row.regretsNow().isEmpty()).count());
  }
}
