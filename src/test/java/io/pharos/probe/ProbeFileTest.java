package io.pharos.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pharos.config.yaml.ConfigException;
import io.pharos.model.Labels;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class ProbeFileTest {
  private static final Path FILES = Path.of("src/test/resources/probe");

  private static Stream<Path> files(String ending) throws IOException {
    try (var list = Files.list(FILES)) {
      return list.filter(file -> file.toString().contains(ending)).sorted().toList().stream();
    }
  }

  @TestFactory
  Stream<DynamicTest> read_goodFile_isAccepted() throws IOException {
    return files(".good.")
        .map(
            file ->
                dynamicTest(
                    file.getFileName().toString(),
                    () -> assertThat(ProbeFile.readAll(List.of(file))).isNotNull()));
  }

  @TestFactory
  Stream<DynamicTest> read_badFile_saysAllThatIsWrong() throws IOException {
    return files(".bad.")
        .map(file -> dynamicTest(file.getFileName().toString(), () -> assertRefused(file)));
  }

  private static void assertRefused(Path file) throws IOException {
    List<String> expected =
        Files.readAllLines(file).stream()
            .filter(line -> line.startsWith("# expect "))
            .map(line -> line.substring("# expect ".length()))
            .toList();
    var refusal =
        catchThrowableOfType(ConfigException.class, () -> ProbeFile.readAll(List.of(file)));
    assertThat(refusal).as("the file is accepted").isNotNull();
    List<String> problems =
        refusal.problems().stream()
            .map(problem -> ":" + problem.line() + ":" + problem.column() + " " + problem.message())
            .toList();
    for (String each : expected) {
      assertThat(problems.stream().anyMatch(problem -> problem.contains(each)))
          .as("expected %s among %s", each, String.join("\n", problems))
          .isTrue();
    }
    assertThat(problems).hasSameSizeAs(expected);
  }

  @Test
  void read_everything_keepsAllOfIt() {
    List<ProbeConfig> probes = ProbeFile.readAll(List.of(FILES.resolve("everything.good.yml")));

    ProbeConfig web = probes.getFirst();
    assertThat(web.labels()).isEqualTo(Labels.of("service", "web", "env", "prod"));
    assertThat(web.confirm()).isEqualTo(2);
    assertThat(web.line()).isEqualTo(2);
    var http = (ProbeCheck.HttpCheck) web.check();
    assertThat(http.url()).isEqualTo(URI.create("https://example.org:8443/a?b=c"));
    assertThat(http.headers()).isEqualTo(Map.of("X-A", "b", "Accept", "application/json"));
    assertThat(http.expected())
        .containsExactly(
            new ProbeCheck.StatusRange(200, 200),
            new ProbeCheck.StatusRange(300, 399),
            new ProbeCheck.StatusRange(400, 404));
    assertThat(http.expected().getLast()).hasToString("400-404");
    assertThat(http.json()).hasSize(3);
    assertThat(http.json().getFirst()).hasToString("$.code == \"0\"");
    assertThat(http.maxBody()).isEqualTo(64 * 1024);
    assertThat(http.bearerTokenFile()).isEqualTo(FILES.toAbsolutePath().resolve("secrets/token"));
    assertThat(http.ip()).isEqualTo(ProbeCheck.IpFamily.IP4);
    var tcp = (ProbeCheck.TcpCheck) probes.get(1).check();
    assertThat(tcp.instance()).isEqualTo("db:5432");
    assertThat(tcp.tls()).isNotNull();
    assertThat(probes.get(1).interval()).isEqualTo(Duration.ofSeconds(30));
    assertThat(probes.get(2).timeout()).isEqualTo(Duration.ofSeconds(2));
  }

  @Test
  void readAll_sameNameInTwoFiles_isRefused() {
    Path file = FILES.resolve("everything.good.yml");

    assertThatThrownBy(() -> ProbeFile.readAll(List.of(file, file)))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining("found name \"web\" again, expected another name than that of")
        .hasMessageContaining("everything.good.yml:2");
  }

  @Test
  void readAll_starterPackEnabled_isAccepted(@TempDir Path directory) throws IOException {
    Path pack = Path.of("probes", "remotegpu.yml");
    Path enabled = directory.resolve("remotegpu.yml");
    Files.writeString(enabled, Files.readString(pack).replace("enabled: false", "enabled: true"));

    assertThat(ProbeFile.readAll(List.of(pack))).isEmpty();
    assertThat(ProbeFile.readAll(List.of(enabled)))
        .hasSizeGreaterThan(20)
        .allMatch(probe -> !probe.labels().get("env").isEmpty());
  }

  @Test
  void readAll_shippedFiles_areAccepted() throws IOException {
    try (var list = Files.list(Path.of("probes"))) {
      assertThat(ProbeFile.readAll(list.sorted().toList()))
          .extracting(ProbeConfig::name)
          .contains("backend-health", "backend-auth-required", "backend-port");
    }
  }
}
