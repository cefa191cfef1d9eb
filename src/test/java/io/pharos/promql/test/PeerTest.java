package io.pharos.promql.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.Nightly;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.Clients;
import io.pharos.model.LabelMatcher;
import io.pharos.model.LabelMatcher.Type;
import io.pharos.model.Labels;
import io.pharos.model.StaleMarker;
import io.pharos.model.histogram.BucketSpan;
import io.pharos.model.histogram.Histogram;
import io.pharos.model.histogram.Histogram.Buckets;
import io.pharos.model.histogram.ResetHint;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.query.EngineOptions;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.storage.Appender;
import io.pharos.storage.SampleWindow;
import io.pharos.storage.SeriesSet;
import io.pharos.tsdb.PrometheusExport;
import io.pharos.tsdb.PrometheusImport;
import io.pharos.tsdb.StoredData;
import io.pharos.tsdb.Tsdb;
import io.pharos.tsdb.TsdbOptions;
import io.pharos.tsdb.prometheus.PrometheusBlock;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The engine answers random queries as an installed Prometheus does over the same samples.
@Tag("peer")
class PeerTest {
  private static final Path PROMETHEUS = Path.of("/usr/bin/prometheus");
  private static final Path PROMTOOL = Path.of("/usr/bin/promtool");
  private static final long SEED = 20_260_301;

  @TempDir Path folder;
  private int port;

  @Test
  void randomQueries_areAnsweredAsPrometheusDoes() throws Exception {
    assumeTrue(Files.isExecutable(PROMETHEUS), "no " + PROMETHEUS);
    assumeTrue(Files.isExecutable(PROMTOOL), "no " + PROMTOOL);
    var random = new Random(SEED);
    var samples = new PeerSamples(random);
    var engine =
        new Engine(
            samples.store(), EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
    Process prometheus = start(created(samples));
    try {
      compare(engine, prometheus, random, Nightly.rounds(60, 500));
    } finally {
      prometheus.destroy();
      prometheus.waitFor(10, TimeUnit.SECONDS);
    }
  }

  /// What promtool made is imported into a store, which answers by its own blocks; what is exported
  /// of it, a Prometheus serves.
  @Test
  void importedAndExportedBlocks_areAnsweredAlike() throws Exception {
    assumeTrue(Files.isExecutable(PROMETHEUS), "no " + PROMETHEUS);
    assumeTrue(Files.isExecutable(PROMTOOL), "no " + PROMTOOL);
    var random = new Random(SEED + 1);
    var samples = new PeerSamples(random);
    List<Path> blocks = PrometheusBlock.folders(created(samples));
    Path directory = folder.resolve("tsdb");
    Instant now = Instant.ofEpochMilli(PeerSamples.END).plus(Duration.ofDays(1));
    Duration retention = Duration.ofDays(15);
    StoredData.Progress silent = (_, _, _) -> {};
    PrometheusImport.run(
        blocks, directory, Long.MIN_VALUE, Long.MAX_VALUE, retention, now, silent, Map.of());
    Path exported = folder.resolve("exported");
    try (var store =
        Tsdb.open(directory, TsdbOptions.defaults(), () -> now, new SimpleMeterRegistry())) {
      addHistograms(store, now, random);
      var export =
          new PrometheusExport(
              StoredData.open(directory),
              List.of(),
              Long.MIN_VALUE,
              Long.MAX_VALUE,
              now.toEpochMilli(),
              random,
              silent,
              (_, _, _) -> {});
      export.run(exported);
      assertThat(promtool("tsdb", "list", exported.toString())).contains("NUM SAMPLES");
      assertThat(promtool("tsdb", "analyze", exported.toString())).contains("Total Series");
      List<String> dumped = dump(exported).lines().toList();
      List<String> histograms =
          dumped.stream().filter(line -> line.contains("_seconds\"")).toList();
      /* That promtool passes over the first of each series. */
      assertThat(histogramLines(store)).hasSize(160).containsAll(histograms);
      assertThat(histograms).hasSize(156);
      assertThat(dumped.stream().filter(line -> !line.contains("_seconds\"")))
          .containsExactlyInAnyOrderElementsOf(dump(folder.resolve("data")).lines().toList());
      var engine =
          new Engine(store, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
      Process prometheus = start(exported);
      try {
        compare(engine, prometheus, random, Nightly.rounds(30, 300));
        compareHistograms(engine, now.toEpochMilli());
      } finally {
        prometheus.destroy();
        prometheus.waitFor(10, TimeUnit.SECONDS);
      }
    }
  }

  /* Counters with resets and gaps, gauges, and one whose buckets change; the last ten minutes. */
  private static void addHistograms(Tsdb store, Instant now, Random random) {
    for (String name : List.of("steady", "resetting", "changing", "gauge")) {
      Labels labels = Labels.of("__name__", name + "_seconds", "job", "api");
      double[] counts = {1e3, 1e3, 1e3, 1e3, 1e3, 1e3};
      for (int i = 0; i < 40; i++) {
        if (name.equals("resetting") && i % 13 == 12) {
          Arrays.fill(counts, 1e3);
        }
        for (int bucket = 0; bucket < counts.length; bucket++) {
          counts[bucket] += name.equals("gauge") ? random.nextInt(-2, 4) : random.nextInt(9);
          counts[bucket] = Math.max(0, counts[bucket]);
        }
        int from = name.equals("changing") ? i / 15 : 0;
        long time = now.toEpochMilli() - (40 - i) * 15_000L;
        try (Appender appender = store.appender()) {
          if (name.equals("steady") && i == 20) {
            appender.append(labels, time, StaleMarker.VALUE);
          } else {
            appender.append(labels, time, histogram(name.equals("gauge"), counts, from));
          }
          appender.commit();
        }
      }
    }
  }

  /* As promtool dumps them. */
  private static List<String> histogramLines(Tsdb store) {
    var lines = new ArrayList<String>();
    var matcher = LabelMatcher.of(Type.REGEX, "__name__", ".*_seconds");
    SeriesSet set = store.select(List.of(matcher), Long.MIN_VALUE, Long.MAX_VALUE);
    for (int i = 0; i < set.size(); i++) {
      var window = new SampleWindow();
      set.read(i, Long.MIN_VALUE, Long.MAX_VALUE, window);
      for (int s = 0; s < window.size(); s++) {
        Histogram histogram = window.histogram(s);
        lines.add(
            set.labels(i)
                + " "
                + (histogram == null ? "{count:0, sum:NaN}" : histogram.toString())
                + " "
                + window.timestamp(s));
      }
    }
    return lines;
  }

  private static Histogram histogram(boolean isGauge, double[] counts, int from) {
    double zero = counts[0] / 2;
    double sum = 0;
    for (int i = 0; i < counts.length; i++) {
      sum += counts[i] * (i + 1) / 8;
    }
    var positive = new Buckets(List.of(new BucketSpan(from, 2), new BucketSpan(1, 4)), counts);
    var negative = new Buckets(List.of(new BucketSpan(-1, 1)), new double[] {counts[1]});
    return new Histogram(
        isGauge ? ResetHint.GAUGE : ResetHint.UNKNOWN,
        0, // whose bounds no version rounds
        0.001,
        zero,
        Arrays.stream(counts).sum() + counts[1] + zero,
        sum,
        positive,
        negative,
        new double[0]);
  }

  /* At single times: over ranges Prometheus 2.53 mixes up histograms behind a marker of staleness. Counters
   * are far above zero, which 3 alone takes for a beginning. Within
   * a bucket, 2 reckons otherwise than 3: so no quantiles, and buckets are compared by the dump. */
  private void compareHistograms(Evaluator engine, long now) {
    try (var clients = new Clients(InstantSource.system());
        var client = clients.open(HttpOptions.DEFAULT)) {
      URI address = URI.create("http://127.0.0.1:" + port);
      var peer = new RemoteEngine(client, address, Duration.ofSeconds(30));
      for (String name : List.of("steady", "resetting", "changing", "gauge")) {
        String all = "{__name__=\"" + name + "_seconds\"}";
        for (String query :
            List.of(
                "histogram_count(" + all + ")",
                "histogram_sum(" + all + ")",
                "histogram_count("
                    + (name.equals("gauge") ? "delta(" : "increase(")
                    + all
                    + "[5m]))",
                "resets(" + all + "[5m])",
                "count_over_time(" + all + "[4m])")) {
          for (long time = now - 273_000; time < now; time += 35_000) {
            String ours = shown(engine, query, time, false);
            String theirs = shown(peer, query, time, false);
            assertThat(agree(ours, theirs))
                .as(query + " at " + time + "\n" + ours + "\n" + theirs)
                .isTrue();
          }
        }
      }
    }
  }

  private void compare(Evaluator engine, Process prometheus, Random random, int rounds)
      throws Exception {
    try (var clients = new Clients(InstantSource.system());
        var client = clients.open(HttpOptions.DEFAULT)) {
      URI address = URI.create("http://127.0.0.1:" + port);
      var peer = new RemoteEngine(client, address, Duration.ofSeconds(30));
      awaitReady(peer, prometheus);
      var queries = new PeerQueries(random);
      var differences = new ArrayList<String>();
      int answered = 0;
      for (int i = 0; i < rounds; i++) {
        String query = queries.next();
        // 7 s off every grid that queries have
        long time = PeerSamples.START + 907_000 + random.nextInt(150) * 15_000L;
        boolean range = random.nextBoolean();
        String ours = shown(engine, query, time, range);
        String theirs = shown(peer, query, time, range);
        answered += ours.startsWith("failed") ? 0 : 1;
        if (!agree(ours, theirs)) {
          differences.add(
              query + (range ? " range" : "") + " at " + time + "\n" + ours + "\n" + theirs);
        }
      }
      assertThat(differences).isEmpty();
      assertThat(answered).isGreaterThan(rounds * 3 / 4);
    }
  }

  /// A folder with the blocks that promtool makes of the samples.
  private Path created(PeerSamples samples) throws Exception {
    Path input = Files.writeString(folder.resolve("samples.txt"), samples.openMetrics());
    Path data = folder.resolve("data");
    Process loading =
        new ProcessBuilder(
                PROMTOOL.toString(),
                "tsdb",
                "create-blocks-from",
                "openmetrics",
                "--quiet",
                input.toString(),
                data.toString())
            .redirectErrorStream(true)
            .redirectOutput(folder.resolve("promtool.log").toFile())
            .start();
    assertThat(loading.waitFor()).as(() -> read(folder.resolve("promtool.log"))).isZero();
    return data;
  }

  private Process start(Path data) throws Exception {
    Path config = Files.writeString(folder.resolve("prometheus.yml"), "global: {}\n");
    try (var free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    return new ProcessBuilder(
            PROMETHEUS.toString(),
            "--config.file=" + config,
            "--storage.tsdb.path=" + data,
            "--storage.tsdb.retention.time=100y",
            "--web.listen-address=127.0.0.1:" + port)
        .redirectErrorStream(true)
        .redirectOutput(folder.resolve("prometheus.log").toFile())
        .start();
  }

  /* It refuses a folder without a log. */
  private String dump(Path data) throws Exception {
    Files.createDirectories(data.resolve("wal"));
    return promtool("tsdb", "dump", "--sandbox-dir-root=" + folder, data.toString());
  }

  private String promtool(String... words) throws Exception {
    Path output = folder.resolve("promtool.out");
    var command = new ArrayList<>(List.of(PROMTOOL.toString()));
    command.addAll(List.of(words));
    Process process =
        new ProcessBuilder(command)
            .redirectOutput(output.toFile())
            .redirectError(folder.resolve("promtool.log").toFile())
            .start();
    assertThat(process.waitFor()).as(() -> read(folder.resolve("promtool.log"))).isZero();
    return Files.readString(output);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return e.toString();
    }
  }

  private void awaitReady(Evaluator peer, Process process) throws InterruptedException {
    for (int attempt = 0; attempt < 300; attempt++) {
      try {
        peer.instant("1", 0);
        return;
      } catch (QueryException _) { // not yet
        assertThat(process.isAlive()).as(() -> read(folder.resolve("prometheus.log"))).isTrue();
        process.waitFor(100, TimeUnit.MILLISECONDS);
      }
    }
    throw new AssertionError("not ready: " + read(folder.resolve("prometheus.log")));
  }

  /// The value as lines of labels, times and values, sorted; or that there is none.
  private static String shown(Evaluator evaluator, String query, long time, boolean range) {
    try {
      Value value =
          range
              ? evaluator.range(query, time, time + 600_000, Duration.ofSeconds(45)).value()
              : evaluator.instant(query, time).value();
      Map<Labels, String> lines = new TreeMap<>();
      switch (value) {
        case Scalar scalar -> lines.put(Labels.empty(), " " + scalar.value());
        case StringValue text -> lines.put(Labels.empty(), " " + text.value());
        case InstantVector vector -> {
          for (int i = 0; i < vector.size(); i++) {
            lines.put(vector.labels(i), " " + vector.value(i));
          }
        }
        case RangeMatrix matrix ->
            matrix
                .series()
                .forEach(
                    series -> {
                      var points = new StringBuilder();
                      for (int i = 0; i < series.size(); i++) {
                        points.append(" @").append(series.timestamps()[i]);
                        points.append(' ').append(series.values()[i]);
                      }
                      lines.put(series.labels(), points.toString());
                    });
      }
      var text = new StringBuilder();
      lines.forEach((labels, points) -> text.append(labels).append(points).append('\n'));
      return text.toString();
    } catch (QueryException e) {
      return "failed: " + e.reason();
    }
  }

  /// Whether two answers have the same words, numbers nearly so.
  private static boolean agree(String ours, String theirs) {
    if (ours.startsWith("failed") || theirs.startsWith("failed")) {
      return ours.startsWith("failed") && theirs.startsWith("failed");
    }
    List<String> a = List.of(ours.split("\\s"));
    List<String> b = List.of(theirs.split("\\s"));
    if (a.size() != b.size()) {
      return false;
    }
    for (int i = 0; i < a.size(); i++) {
      if (!a.get(i).equals(b.get(i)) && !nearlyEqual(a.get(i), b.get(i))) {
        return false;
      }
    }
    return true;
  }

  private static boolean nearlyEqual(String a, String b) {
    try {
      double left = Double.parseDouble(a);
      double right = Double.parseDouble(b);
      return Comparison.almostEqual(left, right)
          || Math.abs(left - right) < 1e-9 * Math.max(1, Math.abs(left));
    } catch (NumberFormatException _) { // words must be the same
      return false;
    }
  }
}
