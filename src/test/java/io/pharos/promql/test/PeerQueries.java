package io.pharos.promql.test;

import java.util.List;
import java.util.Random;

/// Random queries over [PeerSamples] that Prometheus 2.53 and 3.x answer alike.
final class PeerQueries {
  /* Left out, since the versions differ: samples and subquery steps on the left edge of a range
   * (times are 7 s off the grid of subqueries), stddev and stdvar of what may be NaN or infinite,
   * histogram_fraction, dates of NaN, functions and numbers in durations that 2.x does not know, and what chooses
   * between equals. */
  private static final List<String> GAUGES = List.of("memory_bytes", "temperature");
  private static final List<String> LABELS = List.of("job", "instance", "code", "zone");
  private static final List<String> RANGES = List.of("1m", "90s", "2m", "5m", "10m", "7m30s");

  private final Random random;
  private int budget;

  PeerQueries(Random random) {
    this.random = random;
  }

  String next() {
    budget = 6;
    return chance(10) ? scalar() : vector();
  }

  private <T> T oneOf(List<T> choices) {
    return choices.get(random.nextInt(choices.size()));
  }

  private boolean chance(int oneIn) {
    return random.nextInt(oneIn) == 0;
  }

  private String scalar() {
    return switch (random.nextInt(5)) {
      case 0 -> "time()";
      case 1 -> "scalar(sum(" + selector() + "))";
      case 2 -> "(" + number() + " " + oneOf(List.of("+", "*", "^", "%")) + " " + number() + ")";
      case 3 -> number() + " " + oneOf(List.of("<", "==", ">=")) + " bool " + number();
      default -> number();
    };
  }

  private String number() {
    return oneOf(List.of("2", "0.5", "-3", "10", "1e3", "7.25"));
  }

  private String vector() {
    if (budget-- <= 0) {
      return selector() + shift();
    }
    return switch (random.nextInt(16)) {
      case 0 -> selector() + shift();
      case 1, 2 -> overRange();
      case 3, 4, 5 -> aggregation();
      case 6 ->
          function(List.of("abs", "ceil", "floor", "exp", "sqrt", "ln", "log2", "log10", "sgn"));
      case 7 -> function(List.of("sin", "cos", "atan", "tanh", "deg", "rad", "asinh"));
      case 8 ->
          oneOf(List.of("minute", "hour", "day_of_week", "month", "days_in_month"))
              + "("
              + selector()
              + " * 1e4)";
      case 9 ->
          vector() + " " + oneOf(List.of("+", "-", "*", "/", "%", "^", "atan2")) + " " + scalar();
      case 10 -> vectors();
      case 11 ->
          "("
              + vector()
              + ") "
              + oneOf(List.of(">", "<=", "!=", "> bool", "< bool"))
              + " "
              + scalar();
      case 12 -> oneOf(List.of("round(", "sort(", "-(", "sort_desc(", "absent(")) + vector() + ")";
      case 13 -> "clamp(" + vector() + ", " + number() + ", 500)";
      case 14 -> "label_replace(" + vector() + ", 'x', '$2-$1', 'instance', '(h.*)-(\\\\d+)')";
      default -> subquery();
    };
  }

  private String function(List<String> names) {
    return oneOf(names) + "(" + vector() + ")";
  }

  private String selector() {
    String name =
        oneOf(List.of("memory_bytes", "temperature", "requests_total", "limits", "latency_bucket"));
    return switch (random.nextInt(5)) {
      case 0 -> name + "{job=\"" + oneOf(List.of("api", "db", "none")) + "\"}";
      case 1 -> name + "{instance=~\"host-[01]\"}";
      case 2 -> name + "{job!~\"a.*|x\", instance!=\"host-2\"}";
      default -> name;
    };
  }

  private String shift() {
    return switch (random.nextInt(8)) {
      case 0 -> " offset " + oneOf(List.of("1m", "5m", "-2m"));
      case 1 -> " @ " + (PeerSamples.START / 1_000 + 1_207);
      case 2 -> oneOf(List.of(" @ start()", " @ end()"));
      default -> "";
    };
  }

  private String overRange() {
    if (chance(3)) {
      return oneOf(List.of("rate", "increase", "irate", "resets", "changes"))
          + "(requests_total["
          + oneOf(RANGES)
          + "]"
          + shift()
          + ")";
    }
    String range = oneOf(GAUGES) + "[" + oneOf(RANGES) + "]" + shift();
    return switch (random.nextInt(4)) {
      case 0 -> "quantile_over_time(" + oneOf(List.of("0.1", "0.5", "0.99")) + ", " + range + ")";
      case 1 -> "predict_linear(" + range + ", 600)";
      case 2 -> oneOf(List.of("delta", "idelta", "deriv", "stddev_over_time")) + "(" + range + ")";
      default ->
          oneOf(List.of("avg", "sum", "min", "max", "count", "last", "present", "stdvar"))
              + "_over_time("
              + range
              + ")";
    };
  }

  private String aggregation() {
    String grouping =
        chance(3)
            ? ""
            : oneOf(List.of(" by ", " without "))
                + "("
                + oneOf(LABELS)
                + ", "
                + oneOf(LABELS)
                + ")";
    return switch (random.nextInt(7)) {
      case 0 -> oneOf(List.of("topk", "bottomk")) + grouping + " (2, " + selector() + ")";
      case 1 -> "quantile" + grouping + " (0.3, " + vector() + ")";
      case 2 -> "count_values" + grouping + " ('v', round(" + oneOf(GAUGES) + ", 100))";
      case 3 -> oneOf(List.of("stddev", "stdvar")) + grouping + " (" + selector() + ")";
      case 4 ->
          "histogram_quantile("
              + oneOf(List.of("0.5", "0.9"))
              + ", sum by (le, job) (rate(latency_bucket["
              + oneOf(RANGES)
              + "])))";
      default ->
          oneOf(List.of("sum", "avg", "min", "max", "count", "group"))
              + grouping
              + " ("
              + vector()
              + ")";
    };
  }

  private String vectors() {
    return switch (random.nextInt(4)) {
      case 0 ->
          vector()
              + oneOf(List.of(" and ", " or ", " unless "))
              + oneOf(List.of("", "on (job) ", "ignoring (zone) "))
              + vector();
      case 1 -> "memory_bytes " + oneOf(List.of("+", "/", "<")) + " on (job) group_left limits";
      case 2 -> "limits * on (job) group_right () (" + oneOf(GAUGES) + shift() + ")";
      default ->
          "sum by (job) ("
              + vector()
              + ") "
              + oneOf(List.of("-", "/", ">=", "== bool"))
              + " avg by (job) ("
              + vector()
              + ")";
    };
  }

  private String subquery() {
    String inner = chance(2) ? oneOf(GAUGES) : "rate(requests_total[2m])";
    return oneOf(List.of("max", "min", "avg", "sum", "count", "last"))
        + "_over_time(("
        + inner
        + ")["
        + oneOf(List.of("5m:1m", "3m:30s", "10m:15s", "4m:"))
        + "]"
        + (chance(4) ? " offset 1m" : "")
        + ")";
  }
}
