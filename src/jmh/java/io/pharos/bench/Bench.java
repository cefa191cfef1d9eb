package io.pharos.bench;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.BenchmarkResult;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.BenchmarkListEntry;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;
import org.openjdk.jmh.util.ListStatistics;

/// Runs each benchmark with JMH in its own process, prints the results and compares them with the
/// stored figures.
///
///     ./pharos bench [--filter=WORD,WORD] [--seconds=5] [--forks=1] [--write]
///
/// The exit code tells whether they ran, not how fast.
public final class Bench {
  private static final int USAGE = 64;
  private static final int MAX_SECONDS = 600;
  private static final int MAX_FORKS = 20;
  private static final int WARM_SECONDS = 3;
  private static final double CONFIDENCE = 0.999;

  private Bench() {}

  /// @param filter runs benchmarks whose name contains one of these words; empty for all
  /// @param seconds duration of the measurement in each process
  /// @param forks number of processes for each benchmark
  /// @param write whether to store the figures
  record Options(List<String> filter, int seconds, int forks, boolean write) {
    static Options parse(List<String> words) {
      var options = new Options(List.of(), 5, 1, false);
      for (String word : words) {
        String value = word.substring(word.indexOf('=') + 1);
        options =
            switch (word.substring(0, word.length() - value.length())) {
              case "--filter=" ->
                  new Options(
                      List.of(value.toLowerCase(Locale.ROOT).split(",")),
                      options.seconds,
                      options.forks,
                      options.write);
              case "--seconds=" ->
                  new Options(
                      options.filter,
                      number(word, value, MAX_SECONDS),
                      options.forks,
                      options.write);
              case "--forks=" ->
                  new Options(
                      options.filter,
                      options.seconds,
                      number(word, value, MAX_FORKS),
                      options.write);
              default -> {
                if (!word.equals("--write")) {
                  throw new IllegalArgumentException(
                      "unexpected "
                          + word
                          + ", expected --filter=WORD, --seconds=N, --forks=N or --write");
                }
                yield new Options(options.filter, options.seconds, options.forks, true);
              }
            };
      }
      return options;
    }

    private static int number(String word, String value, int most) {
      int number = 0;
      for (int i = 0; i < value.length() && i < 4; i++) {
        char c = value.charAt(i);
        number = c >= '0' && c <= '9' ? number * 10 + c - '0' : most + 1;
      }
      if (number < 1 || number > most || value.length() > 3) {
        throw new IllegalArgumentException(
            "found " + word + ", expected a whole number from 1 to " + most);
      }
      return number;
    }

    boolean takes(String name) {
      String small = name.toLowerCase(Locale.ROOT);
      return filter.isEmpty() || filter.stream().anyMatch(small::contains);
    }
  }

  public static void main(String[] words) throws Exception {
    Path kept = Path.of(System.getProperty("pharos.home", ".")).resolve("docs/benchmarks.tsv");
    Options options;
    try {
      options = Options.parse(List.of(words));
    } catch (IllegalArgumentException e) {
      end(USAGE, e.getMessage());
      return;
    }
    Optional<Figures> before;
    try {
      before = Figures.read(kept);
    } catch (IllegalArgumentException e) {
      end(1, e.getMessage());
      return;
    }
    List<String> names = names(options);
    if (names.isEmpty()) {
      end(
          USAGE,
          "no benchmark has one of %s in its name; there are %s"
              .formatted(
                  String.join(", ", options.filter),
                  String.join(
                      ", ", names(Options.parse(List.of())).stream().map(Bench::brief).toList())));
    }
    String load = load();
    var figures = new ArrayList<Figure>();
    for (int i = 0; i < names.size(); i++) {
      System.err.printf("bench: %s (%d of %d)%n", brief(names.get(i)), i + 1, names.size());
      figures.addAll(run(names.get(i), options));
    }
    var now = new Figures(conditions(options, load, Clock.systemDefaultZone()), figures);
    System.out.println(now.conditions() + "\n");
    System.out.print(now.table(before));
    if (options.write) {
      kept(now, before).write(kept);
      System.out.println("written to " + kept);
    }
  }

  private static void end(int code, @Nullable String reason) {
    System.err.println("bench: " + reason);
    System.exit(code);
  }

  private static List<String> names(Options options) {
    SortedSet<BenchmarkListEntry> all =
        BenchmarkList.defaultList()
            .find(
                OutputFormatFactory.createFormatInstance(System.err, VerboseMode.SILENT),
                List.of(".*"),
                List.of());
    return all.stream()
        .map(BenchmarkListEntry::getUsername)
        .filter(name -> options.takes(brief(name)))
        .sorted()
        .toList();
  }

  /* `io.pharos.tsdb.chunk.ChunkBenchmark.encode` is `Chunk.encode`. */
  static String brief(String name) {
    int method = name.lastIndexOf('.');
    int type = name.lastIndexOf('.', method - 1);
    return name.substring(type + 1).replace("Benchmark.", ".");
  }

  private static List<Figure> run(String name, Options options) throws RunnerException {
    Collection<RunResult> results =
        new Runner(
                new OptionsBuilder()
                    .include("^" + Pattern.quote(name) + "$")
                    .forks(options.forks)
                    .warmupIterations(WARM_SECONDS)
                    .warmupTime(TimeValue.seconds(1))
                    .measurementIterations(options.seconds)
                    .measurementTime(TimeValue.seconds(1))
                    .addProfiler(GCProfiler.class)
                    .addProfiler(CpuProfiler.class)
                    .shouldFailOnError(true)
                    .verbosity(VerboseMode.SILENT)
                    .build())
            .run();
    return results.stream()
        .map(Bench::figure)
        .sorted((a, b) -> a.name().compareTo(b.name()))
        .toList();
  }

  private static Figure figure(RunResult run) {
    var name = new StringBuilder(brief(run.getParams().getBenchmark()));
    for (String key : run.getParams().getParamsKeys()) {
      name.append(' ').append(key).append('=').append(run.getParams().getParam(key));
    }
    TimeUnit unit = run.getParams().getTimeUnit();
    var nanos = new ListStatistics(cpuNanos(run));
    return new Figure(
        name.toString(),
        symbol(unit),
        nanos.getMean() / unit.toNanos(1),
        nanos.getMeanErrorAt(CONFIDENCE) / unit.toNanos(1),
        run.getPrimaryResult().getScore(),
        own(scores(run.getSecondaryResults()), "countedBytes", "gc.alloc.rate.norm"));
  }

  private static String symbol(TimeUnit unit) {
    return switch (unit) {
      case NANOSECONDS -> "ns";
      case MICROSECONDS -> "us";
      case MILLISECONDS -> "ms";
      case SECONDS, MINUTES, HOURS, DAYS ->
          throw new IllegalArgumentException("an operation that is told in " + unit);
    };
  }

  /* Per operation, for each measurement. */
  private static double[] cpuNanos(RunResult run) {
    var nanos = new ArrayList<Double>();
    for (BenchmarkResult fork : run.getBenchmarkResults()) {
      for (IterationResult iteration : fork.getIterationResults()) {
        nanos.add(own(scores(iteration.getSecondaryResults()), "countedNanos", CpuProfiler.NANOS));
      }
    }
    return nanos.stream().mapToDouble(one -> one).toArray();
  }

  /* By the profiler, or by the benchmark if it counts itself. */
  private static double own(Map<String, Double> scores, String counted, String profiled) {
    Double own = scores.get(counted);
    return own == null
        ? scores.getOrDefault(profiled, Double.NaN)
        : own / scores.get("countedOperations");
  }

  @SuppressWarnings("rawtypes") // so JMH has it
  private static Map<String, Double> scores(Map<String, Result> results) {
    var scores = new HashMap<String, Double>();
    results.forEach((key, result) -> scores.put(key.replace("·", ""), result.getScore()));
    return scores;
  }

  /* With a filter, the other figures stay. They are of another day, which the conditions mention. */
  private static Figures kept(Figures now, Optional<Figures> before) {
    if (before.isEmpty()) {
      return now;
    }
    var merged = new ArrayList<>(now.all());
    boolean all = true;
    for (Figure known : before.get().all()) {
      if (now.of(known.name()).isEmpty()) {
        merged.add(known);
        all = false;
      }
    }
    Collections.sort(merged, (a, b) -> a.name().compareTo(b.name()));
    return new Figures(
        all ? now.conditions() : now.conditions() + " The others: " + before.get().conditions(),
        merged);
  }

  private static String conditions(Options options, String load, Clock clock) throws IOException {
    return "%s, %s, %d processors, %.0f GiB, load %s before, JDK %s, %d × %d s each."
        .formatted(
            LocalDate.now(clock),
            processor(),
            Runtime.getRuntime().availableProcessors(),
            memoryKib() / 1024.0 / 1024,
            load,
            Runtime.version().feature()
                + "."
                + Runtime.version().interim()
                + "."
                + Runtime.version().update(),
            options.forks,
            options.seconds);
  }

  /* Load of other processes before the run, which makes times unreliable. */
  private static String load() throws IOException {
    Path path = Path.of("/proc/loadavg");
    return Files.isReadable(path) ? Files.readString(path).split(" ", 2)[0] : "unknown";
  }

  private static String processor() throws IOException {
    return fact("/proc/cpuinfo", "model name").orElse(System.getProperty("os.arch"));
  }

  private static double memoryKib() throws IOException {
    return fact("/proc/meminfo", "MemTotal")
        .map(text -> Double.parseDouble(text.replace("kB", "").strip()))
        .orElse(Double.NaN);
  }

  private static Optional<String> fact(String file, String key) throws IOException {
    Path path = Path.of(file);
    if (!Files.isReadable(path)) {
      return Optional.empty();
    }
    return Files.readAllLines(path).stream()
        .filter(line -> line.startsWith(key))
        .map(line -> line.substring(line.indexOf(':') + 1).strip())
        .findFirst();
  }
}
