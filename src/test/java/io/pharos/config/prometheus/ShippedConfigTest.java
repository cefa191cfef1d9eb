package io.pharos.config.prometheus;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ShippedConfigTest {
  private static final Path SHIPPED = Path.of("prometheus");

  @Test
  void read_shippedFile_namesItsJobsAndTargetFiles() throws IOException {
    PrometheusConfig config = PrometheusConfig.read(SHIPPED.resolve("prometheus.yml"));

    assertThat(config.scrapeConfigs())
        .extracting(ScrapeConfig::jobName)
        .contains("remotegpu-backend", "pharos", "dcgm-exporter", "node-exporter");
    for (ScrapeConfig job : config.scrapeConfigs()) {
      for (FileSdConfig files : job.fileSdConfigs()) {
        for (String pattern : files.files()) {
          for (Path file : FilePattern.expand(pattern)) {
            assertThat(TargetReader.readFile(file)).isNotNull();
          }
        }
      }
    }
  }

  @Tag("peer")
  @Test
  void promtool_shippedFile_isAccepted(@TempDir Path directory) throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/promtool")), "promtool is not installed");
    copy(SHIPPED, directory.resolve("prometheus"));
    // promtool requires the token file, which "pharos demo" writes.
    Files.createDirectories(directory.resolve("data/secrets"));
    Files.writeString(directory.resolve("data/secrets/remotegpu_token"), "x");
    Process promtool =
        new ProcessBuilder("promtool", "check", "config", "prometheus/prometheus.yml")
            .directory(directory.toFile())
            .redirectErrorStream(true)
            .start();
    String output = new String(promtool.getInputStream().readAllBytes());

    assertThat(promtool.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(promtool.exitValue()).as(output).isZero();
  }

  private static void copy(Path from, Path to) throws IOException {
    List<Path> files;
    try (var walk = Files.walk(from)) {
      files = walk.toList();
    }
    for (Path file : files) {
      Files.copy(file, to.resolve(from.relativize(file).toString()));
    }
  }
}
