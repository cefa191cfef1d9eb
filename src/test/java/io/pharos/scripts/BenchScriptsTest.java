package io.pharos.scripts;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.w3c.dom.Document;

/// `./pharos bench` where something is missing, and the plots of what it measured.
class BenchScriptsTest {
  private static final String ROWS =
      """
      window\t5m\tprometheus\t0.2145
      window\t5m\tpharos\t0.0450
      window\t3d\tprometheus\t12.4000
      window\t3d\tpharos\t0.0551
      series\t10000\tprometheus\t0.1100
      series\t10000\tpharos\t0.0210
      series\t500000\tpharos\t0.4000
      series\t500000\tprometheus\t3.2000
      """;

  @TempDir Path folder;

  private record Ended(int code, List<String> errors) {}

  private static Ended run(Map<String, String> environment, List<String> command) throws Exception {
    var builder = new ProcessBuilder(command);
    builder.environment().putAll(environment);
    Process process = builder.redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
    process.getOutputStream().close();
    String errors = new String(process.getErrorStream().readAllBytes(), UTF_8);
    return new Ended(process.waitFor(), errors.lines().toList());
  }

  /// The launcher with nothing else in its path than it needs to find itself.
  private Ended launch(String... words) throws Exception {
    for (String tool : List.of("bash", "dirname", "readlink")) {
      for (String place : System.getenv("PATH").split(":")) {
        Path found = Path.of(place, tool);
        if (Files.isExecutable(found) && !Files.exists(folder.resolve(tool))) {
          Files.createSymbolicLink(folder.resolve(tool), found);
        }
      }
    }
    var command = new ArrayList<>(List.of(folder.resolve("bash").toString(), "pharos", "bench"));
    command.addAll(List.of(words));
    return run(Map.of("PATH", folder.toString()), command);
  }

  @ParameterizedTest
  @CsvSource({
    "windows, prometheus, prometheus",
    "series, prometheus, prometheus",
    "tap, nginx, nginx",
    "all, python3, python3"
  })
  void bench_withoutWhatItComparesWith_endsWith69AndOneLine(
      String bench, String program, String debian) throws Exception {
    assertThat(launch(bench))
        .isEqualTo(
            new Ended(
                69,
                List.of(
                    "pharos: bench %s: %s is missing (apt-get install %s)"
                        .formatted(bench, program, debian))));
  }

  @Test
  void bench_ofSomethingElse_isRefused() throws Exception {
    assertThat(launch("wal"))
        .isEqualTo(
            new Ended(
                64,
                List.of(
                    "pharos: bench: unexpected wal, expected all, tap, pages, windows, series, plot or nothing"
                        + " (./pharos bench --help)")));
  }

  private Ended plot() throws Exception {
    return run(
        Map.of(),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dpharos.home=" + folder,
            "scripts/Plot.java"));
  }

  /// Runs the benchmark `start` with a harness whose results are these.
  private Ended measure(String pharos, String prometheus) throws Exception {
    Path home = Files.createDirectories(folder.resolve("main/docs")).getParent();
    Files.createDirectories(folder.resolve("shared/bench"));
    Path python = folder.resolve("python3");
    Files.writeString(
        python,
        """
        #!/bin/sh
        [ "$3" = prometheus,pharos ] || exit 9
        mkdir -p "$BENCH_RESULTS"
        echo '%s' > "$BENCH_RESULTS/start-pharos.json"
        echo '%s' > "$BENCH_RESULTS/start-prometheus.json"
        """
            .formatted(pharos, prometheus));
    assertThat(python.toFile().setExecutable(true)).isTrue();
    return run(
        Map.of("PATH", folder + ":" + System.getenv("PATH")),
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Dpharos.home=" + home,
            "-cp",
            System.getProperty("java.class.path"),
            "scripts/Figures.java",
            "start"));
  }

  private static String start(String seconds, int cpu) {
    return "{\"ready_s\":{\"median\":%s},\"cpu_at_ready\":{\"median\":%d},\"rss_idle\":{\"median\":9e7}}"
        .formatted(seconds, cpu);
  }

  @Test
  void figures_ofTwoRuns_areLinesWithThePeerAndAPicture() throws Exception {
    assertThat(measure(start("0.5", 2), start("0.25", 1))).isEqualTo(new Ended(0, List.of()));
    Files.move(folder.resolve("main/target/bench/side"), folder.resolve("first"));
    assertThat(measure(start("0.75", 3), start("0.25", 1))).isEqualTo(new Ended(0, List.of()));

    List<String> lines = Files.readAllLines(folder.resolve("main/docs/figures.tsv"));
    assertThat(lines).hasSize(7);
    assertThat(lines.getFirst())
        .isEqualTo("time\tcommit\tmachine\tfigure\tunit\tpharos\tpeer\tpeer_value");
    assertThat(lines.get(1)).endsWith("\tstart\ts\t0.5000\tprometheus\t0.2500");
    assertThat(lines.get(5)).endsWith("\tstart, CPU\ts\t3.000\tprometheus\t1.000");
    Path file = folder.resolve("main/docs/figures.svg");
    Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(6);
    assertThat(svg.getElementsByTagName("polyline").getLength()).isEqualTo(3);
    assertThat(Files.readString(file)).contains(">3.00 × prometheus<", ">1.00 × prometheus<");
  }

  @Test
  void figures_withoutAFigureInTheResults_areNotWritten() throws Exception {
    Ended ended = measure("{}", start("0.25", 1));
    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.errors().getFirst())
        .endsWith("the results of bench_start.py contain no figure 'start'");
    assertThat(folder.resolve("main/docs/figures.tsv")).doesNotExist();
  }

  @Test
  void plot_ofBothFigures_isAPictureWithAllValues() throws Exception {
    Files.createDirectories(folder.resolve("docs"));
    Files.writeString(folder.resolve("docs/performance.tsv"), ROWS);

    assertThat(plot()).isEqualTo(new Ended(0, List.of()));

    Path file = folder.resolve("docs/performance.svg");
    Document svg = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
    assertThat(svg.getElementsByTagName("circle").getLength()).isEqualTo(4);
    assertThat(Files.readString(file))
        .contains(">Prometheus<", ">Pharos<", ">0.21<", ">12<", ">5 m<", ">500,000<")
        .contains("prefers-color-scheme: dark");
  }

  @Test
  void plot_ofAWrongRow_saysWhere() throws Exception {
    Files.createDirectories(folder.resolve("docs"));
    Files.writeString(folder.resolve("docs/performance.tsv"), ROWS + "window\t5m\tother\t1\n");

    Ended ended = plot();

    assertThat(ended.code()).isEqualTo(1);
    assertThat(ended.errors()).hasSize(1);
    assertThat(ended.errors().getFirst())
        .contains("performance.tsv:9: found window\t5m\tother\t1, expected");
  }
}
