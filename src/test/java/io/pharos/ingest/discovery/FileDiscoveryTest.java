package io.pharos.ingest.discovery;

import static org.assertj.core.api.Assertions.assertThat;

import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.pharos.config.prometheus.FileDiscovery;
import io.pharos.config.prometheus.FileSdConfig;
import io.pharos.limits.heap.MemoryBounds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileDiscoveryTest {
  @TempDir Path directory;

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final FileDiscovery discovery =
      new FileDiscovery(
          new TargetDiscovery.Metrics(registry)::fileError,
          new TargetLimit(MemoryBounds.unbounded()));

  private List<String> addresses() {
    var config =
        new FileSdConfig(
            List.of(directory + "/*.json", directory + "/one.yml"), Duration.ofMinutes(5));
    return discovery.refresh(List.of(config)).stream()
        .flatMap(group -> group.targets().stream())
        .toList();
  }

  private double errors() {
    return registry.get("prometheus_sd_file_read_errors").counter().count();
  }

  @Test
  void refresh_jsonAndYaml_findsBoth() throws IOException {
    Files.writeString(
        directory.resolve("a.json"),
        "[\n\t{\"targets\": [\"a:1\", \"b:1\"], \"labels\": {\"host\": \"h\"}}\n]");
    Files.writeString(directory.resolve("one.yml"), "- targets: ['c:1']\n");

    assertThat(addresses()).containsExactly("a:1", "b:1", "c:1");
    var group =
        discovery
            .refresh(
                List.of(new FileSdConfig(List.of(directory + "/a.json"), Duration.ofMinutes(5))))
            .getFirst();
    assertThat(group.labels().toMap())
        .containsEntry("host", "h")
        .containsEntry("__meta_filepath", directory.resolve("a.json").toString());
  }

  @Test
  void refresh_brokenFile_keepsTheLastGoodTargetsAndCounts() throws IOException {
    Path file = directory.resolve("a.json");
    Files.writeString(file, "[{\"targets\": [\"a:1\"]}]");
    assertThat(addresses()).containsExactly("a:1");

    Files.writeString(file, "[{\"targets\": [\"a:1\", ");
    assertThat(addresses()).containsExactly("a:1");
    assertThat(errors()).isOne();
    assertThat(discovery.problems())
        .singleElement()
        .satisfies(p -> assertThat(p).contains("a.json:1", "not valid YAML"));

    Files.writeString(file, "[{\"targets\": [\"\"], \"x\": 1}]");
    assertThat(addresses()).containsExactly("a:1");
    assertThat(discovery.problems().getFirst()).contains("expected an address such as host:9100");

    Files.writeString(file, "[{\"targets\": [\"a:1\", \"b:22\"]}]");
    assertThat(addresses()).containsExactly("a:1", "b:22");
    assertThat(discovery.problems()).isEmpty();
  }

  @Test
  void refresh_fileThatNeverWasGood_hasNoTargets() throws IOException {
    Files.writeString(directory.resolve("a.json"), "");
    Files.createDirectory(directory.resolve("b.json"));

    assertThat(addresses()).isEmpty();
    assertThat(discovery.problems()).hasSize(2).anyMatch(p -> p.contains("is empty"));
  }

  @Test
  void refresh_fileGone_losesItsTargets() throws IOException {
    Path file = directory.resolve("a.json");
    Files.writeString(file, "[{\"targets\": [\"a:1\"]}]");
    assertThat(addresses()).hasSize(1);

    Files.delete(file);

    assertThat(addresses()).isEmpty();
    assertThat(errors()).isZero();
  }

  @Test
  void refresh_unchangedFile_isNotReadAgain() throws IOException {
    Files.writeString(directory.resolve("a.json"), "[");
    addresses();
    addresses();

    assertThat(errors()).isOne();
  }
}
