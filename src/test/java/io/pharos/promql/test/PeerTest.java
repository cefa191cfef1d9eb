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
import java.io.IOException;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
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
    Process prometheus = start(samples);
    try (var clients = new Clients(InstantSource.system());
        var client = clients.open(HttpOptions.DEFAULT)) {
      URI address = URI.create("http://127.0.0.1:" + port);
      var peer = new RemoteEngine(client, address, Duration.ofSeconds(30));
      awaitReady(peer, prometheus);
      var queries = new PeerQueries(random);
      var differences = new ArrayList<String>();
      int answered = 0;
      int rounds = Nightly.rounds(60, 500);
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
    } finally {
      prometheus.destroy();
      prometheus.waitFor(10, TimeUnit.SECONDS);
    }
  }

  private Process start(PeerSamples samples) throws Exception {
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
