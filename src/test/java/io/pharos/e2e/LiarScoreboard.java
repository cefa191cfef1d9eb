package io.pharos.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import io.pharos.gate.judge.RivalRules;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// The results of all runs, appended to target/gate-scoreboard.tsv, and docs/gate-scoreboard.md
/// with those of the newest day; cases without a result keep their cells there.
final class LiarScoreboard {
  /// How long the streams are that the rules of others get.
  static final long STREAM_SECONDS = 100;

  private static final Path RESULTS = Path.of("target", "gate-scoreboard.tsv");
  private static final Path PAGE = Path.of("docs", "gate-scoreboard.md");
  private static final String TAP_ALONE = ", tap alone";

  /// Number of cells of a row.
  private static final int CELLS = 12;

  /// Separates runs beside much work on two cores from runs beside little, by the mean load.
  private static final double BUSY = 12;

  /// One run.
  ///
  /// @param name the case
  /// @param seconds from the announcement to the decision
  /// @param load mean load of the machine
  record Result(
      String name,
      String state,
      String code,
      int seconds,
      double load,
      String kayenta,
      String flagger,
      String day,
      String summary) {
    static Result parse(String line) {
      String[] cells = line.split("\t", -1);
      return new Result(
          cells[0],
          cells[1],
          cells[2],
          Integer.parseInt(cells[3]),
          Double.parseDouble(cells[4]),
          cells[5],
          cells[6],
          cells[7],
          cells[8]);
    }

    String line() {
      return String.join(
          "\t",
          name,
          state,
          code,
          String.valueOf(seconds),
          "%.1f".formatted(load),
          kayenta,
          flagger,
          day,
          summary.replace('\t', ' '));
    }
  }

  /// Records one run, whose candidate still runs.
  synchronized void record(Liars.Case lie, LiarRig rig, JsonNode gate, int seconds, double load)
      throws IOException {
    var streams =
        new RivalRules.Streams(
            errors(rig, "green"), errors(rig, "blue"), p99(rig, "green"), p99(rig, "blue"));
    var result =
        new Result(
            lie.name() + (LiarRig.TAP_ALONE ? TAP_ALONE : ""),
            gate.path("state").asText(),
            gate.path("code").asText(),
            seconds,
            load,
            RivalRules.kayenta(streams),
            RivalRules.flagger(streams),
            LocalDate.now(ZoneOffset.UTC).toString(),
            gate.path("summary").asText());
    System.out.println("liar: " + result.line());
    Files.writeString(
        RESULTS, result.line() + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private static double[] errors(LiarRig rig, String color) {
    if (LiarRig.TAP_ALONE) {
      String taps = "sum(rate(pharos_tap_requests_total{color=\"%s\"%s}[20s]))";
      return rig.values(
          "(%s or vector(0)) / %s"
              .formatted(taps.formatted(color, ",status=~\"5..|499\""), taps.formatted(color, "")),
          STREAM_SECONDS);
    }
    String none =
        Stream.of("connection_errors", "response_errors", "client_aborts")
            .map(
                name ->
                    "sum(rate(haproxy_server_%s_total{server=\"%s\"}[20s]))".formatted(name, color))
            .collect(Collectors.joining(" + "));
    String answers = "sum(rate(haproxy_server_http_responses_total{server=\"%s\"%s}[20s]))";
    return rig.values(
        "(%s + %s) / (%s + %s)"
            .formatted(
                answers.formatted(color, ",code=\"5xx\""),
                none,
                answers.formatted(color, ""),
                none),
        STREAM_SECONDS);
  }

  private static double[] p99(LiarRig rig, String color) {
    return rig.values(
        "histogram_quantile(0.99, sum by (le) (rate(pharos_tap_request_duration_seconds_bucket{color=\"%s\"}[20s])))"
            .formatted(color),
        STREAM_SECONDS);
  }

  /// Writes the page.
  static void write() throws IOException {
    var results = new ArrayList<Result>();
    for (String line : Files.exists(RESULTS) ? Files.readAllLines(RESULTS) : List.<String>of()) {
      results.add(Result.parse(line));
    }
    Files.writeString(PAGE, page(Files.readAllLines(PAGE), results));
  }

  /// The page with new results.
  ///
  /// @param before lines of the page before
  static String page(List<String> before, List<Result> results) {
    var rows = new TreeMap<String, String[]>();
    for (String line : before) {
      String[] cells = line.split("\\|", -1);
      if (cells.length == CELLS + 2) {
        rows.put(cells[1], Arrays.copyOfRange(cells, 1, CELLS + 1));
      }
    }
    var page =
        new StringBuilder(
            """
            # Gate scoreboard

            By `LiarMatrixIT` with `-Dpharos.write`: 100 requests per second through HAProxy (or the tap alone) and taps,
            half for the candidate; the shipped policy, 90 s of soak, scrapes every 5 s; busy (load ≥12), calmer;
            median/longest time. On the same streams Kayenta (Mann-Whitney), Flagger (99 % success, p99 of 500 ms).

            |candidate|expected|busy|code|s|load|calmer|code|s|load|Kayenta|Flagger|
            |---|---|---|---|---|---|---|---|---|---|---|---|
            """);
    for (Liars.Case lie : Liars.all()) {
      for (String name : List.of(lie.name(), lie.name() + TAP_ALONE)) {
        String[] row = rows.getOrDefault(name, new String[CELLS]);
        row[0] = name;
        row[1] = String.join("/", lie.expected().stream().sorted().toList());
        List<Result> own = results.stream().filter(it -> it.name().equals(name)).toList();
        update(row, 2, own.stream().filter(it -> it.load() >= BUSY).toList());
        update(row, 6, own.stream().filter(it -> it.load() < BUSY).toList());
        if (!name.endsWith(TAP_ALONE) || row[CELLS - 1] != null) {
          page.append('|');
          Stream.of(row).forEach(cell -> page.append(cell == null ? "" : cell).append('|'));
          page.append('\n');
        }
      }
    }
    return page.toString();
  }

  private static void update(String[] row, int first, List<Result> results) {
    if (results.isEmpty()) {
      return;
    }
    String newest = results.getLast().day();
    List<Result> last = results.stream().filter(it -> it.day().equals(newest)).toList();
    int[] seconds = last.stream().mapToInt(Result::seconds).sorted().toArray();
    var load = last.stream().mapToDouble(Result::load).summaryStatistics();
    row[first] = counted(last.stream().map(Result::state));
    row[first + 1] = counted(last.stream().map(Result::code));
    row[first + 2] = both(seconds[seconds.length / 2], seconds[seconds.length - 1], "/");
    row[first + 3] = both(Math.round(load.getMin()), Math.round(load.getMax()), "–");
    row[CELLS - 2] = counted(last.stream().map(Result::kayenta));
    row[CELLS - 1] = counted(last.stream().map(Result::flagger));
  }

  private static String both(long one, long other, String between) {
    return one == other ? String.valueOf(one) : one + between + other;
  }

  /// As in `19×PASS,1×FAIL`; a single value stands alone.
  private static String counted(Stream<String> values) {
    var counts = new TreeMap<String, Integer>();
    values.forEach(it -> counts.merge(it, 1, Integer::sum));
    return counts.entrySet().stream()
        .map(
            it ->
                it.getValue() == 1 && counts.size() == 1
                    ? it.getKey()
                    : it.getValue() + "×" + it.getKey())
        .collect(Collectors.joining(","));
  }
}
