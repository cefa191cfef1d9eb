package io.pharos.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.config.prometheus.PrometheusConfig;
import io.pharos.config.yaml.YamlFile;
import io.pharos.config.yaml.YamlMap;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// What every service of docker-compose.yml is to have.
class ComposeFileTest {
  private static final YamlMap FILE = YamlFile.read(Path.of("docker-compose.yml"));

  /// Their images hold one program, which can't ask itself.
  private static final Set<String> WITHOUT_CHECK =
      Set.of("localhost", "redis-exporter", "nginx-exporter");

  private static final Set<String> BUILT_HERE = Set.of("pharos", "demo-backend");

  /// What the image brings along.
  private static final Set<String> CHECK_OF_THE_IMAGE = Set.of("pharos");

  private static Map<String, YamlMap> services() {
    var services = new TreeMap<String, YamlMap>();
    YamlMap all = FILE.require("services").asMap();
    all.keys().forEach(name -> services.put(name, all.require(name).asMap()));
    return services;
  }

  @Test
  void services_haveProfilesLimitsPinnedImagesAndHealthChecks() {
    assertThat(services()).hasSizeGreaterThan(10);
    services()
        .forEach(
            (name, service) -> {
              assertThat(service.strings("profiles"))
                  .as(name)
                  .isNotEmpty()
                  .isSubsetOf("core", "exporters", "demo");
              assertThat(service.string("mem_limit", "")).as(name).matches("[0-9]+m");
              assertThat(service.string("image", ""))
                  .as(name)
                  .matches(
                      BUILT_HERE.contains(name)
                          ? ".+:.*"
                          : name.equals("redis-exporter") // its digest could not be looked up
                              ? ".+:v[0-9.]+"
                              : ".+:.*[0-9].*@sha256:[0-9a-f]{64}")
                  .doesNotContain(":latest");
              assertThat(service.has("healthcheck"))
                  .as(name)
                  .isEqualTo(!WITHOUT_CHECK.contains(name) && !CHECK_OF_THE_IMAGE.contains(name));
              assertThat(service.bool("read_only", false)).as(name).isTrue();
              assertThat(service.strings("cap_drop")).as(name).containsExactly("ALL");
              assertThat(service.strings("ports"))
                  .as(name)
                  .allMatch(port -> port.startsWith("127.0.0.1:"));
            });
  }

  @Test
  void environment_holdsNoSecret() {
    services()
        .forEach(
            (name, service) ->
                service
                    .stringMap("environment")
                    .forEach(
                        (key, value) -> {
                          if (key.matches(".*(PASS|TOKEN|SECRET).*")) {
                            assertThat(value).as(name + " " + key).startsWith("/run/secrets/");
                          }
                        }));
  }

  /// A demo service is no dependency of one that runs without it.
  @Test
  void services_dependOnWhatRunsWhereverTheyDo() {
    Map<String, YamlMap> services = services();
    services.forEach(
        (name, service) -> {
          for (String other : service.strings("depends_on")) {
            assertThat(List.copyOf(services.get(other).strings("profiles")))
                .as(name + " and " + other)
                .containsAll(service.strings("profiles"));
          }
        });
  }

  /// The targets of the exporters are services of the file, and all that prometheus.yml names is
  /// there.
  @Test
  void targets_areServicesOfTheFile() throws Exception {
    var hosts = new ArrayList<String>();
    Path folder = Path.of("deploy", "compose", "targets");
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.toList()) {
        String text = Files.readString(file);
        for (String part : text.split("\"", -1)) {
          if (part.matches("[a-z-]+:[0-9]+")) {
            hosts.add(part.replaceFirst(":.*", ""));
          }
        }
      }
    }
    assertThat(services().keySet()).containsAll(hosts);
    assertThat(hosts).hasSize(4);
    PrometheusConfig config = PrometheusConfig.read(Path.of("prometheus", "prometheus.yml"));
    for (var job : config.scrapeConfigs()) {
      for (var discovery : job.fileSdConfigs()) {
        for (String file : discovery.files()) {
          assertThat(folder.resolve(Path.of(file).getFileName())).exists();
        }
      }
    }
  }
}
