package io.pharos.promql.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.Nightly;
import io.pharos.config.http.HttpOptions;
import io.pharos.http.Clients;
import io.pharos.model.Labels;
import io.pharos.promql.engine.Engine;
import io.pharos.promql.engine.EngineOptions;
import io.pharos.promql.remote.RemoteEngine;
import io.pharos.promql.value.Evaluator;
import io.pharos.promql.value.InstantVector;
import io.pharos.promql.value.QueryException;
import io.pharos.promql.value.RangeMatrix;
import io.pharos.promql.value.Scalar;
import io.pharos.promql.value.StringValue;
import io.pharos.promql.value.Value;
import io.pharos.tsdb.ProgressListener;
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
    ProgressListener silent = (_, _, _) -> {};
    PrometheusImport.run(blocks, directory, Long.MIN_VALUE, Long.MAX_VALUE, retention, now, silent);
    Path exported = folder.resolve("exported");
    try (var store =
        Tsdb.open(directory, TsdbOptions.defaults(), () -> now, new SimpleMeterRegistry())) {
      var export =
          new PrometheusExport(
              StoredData.open(directory),
              List.of(),
              Long.MIN_VALUE,
              Long.MAX_VALUE,
              now.toEpochMilli(),
              random,
              silent);
      export.run(exported);
      assertThat(promtool("tsdb", "list", exported.toString())).contains("NUM SAMPLES");
      assertThat(promtool("tsdb", "analyze", exported.toString())).contains("Total Series");
      assertThat(dump(exported).lines())
          .containsExactlyInAnyOrderElementsOf(dump(folder.resolve("data")).lines().toList());
      var engine =
          new Engine(store, EngineOptions.defaults(), System::nanoTime, new SimpleMeterRegistry());
      Process prometheus = start(exported);
      try {
        compare(engine, prometheus, random, Nightly.rounds(30, 300));
      } finally {
        prometheus.destroy();
        prometheus.waitFor(10, TimeUnit.SECONDS);
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
