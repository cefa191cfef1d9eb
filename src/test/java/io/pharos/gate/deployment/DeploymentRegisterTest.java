package io.pharos.gate.deployment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.micrometer.prometheus.PrometheusConfig;
import io.micrometer.prometheus.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@SuppressWarnings("deprecation") // the registry that Quarkus brings is the older one
class DeploymentRegisterTest {
  private static final Instant NOW = Instant.parse("2026-03-01T12:00:00.123456Z");

  private final InMemoryDeployments deployments = new InMemoryDeployments();
  private final PrometheusMeterRegistry meters =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final DeploymentRegister register =
      new DeploymentRegister(deployments, () -> NOW, meters);

  private static Announcement announcement(String key, String version, Instant startedAt) {
    return Announcements.change(
        key,
        "backend",
        "production",
        version,
        "",
        Strategy.BLUE_GREEN,
        "green",
        "",
        Map.of(),
        startedAt);
  }

  @Test
  void put_sameAgain_isUnchangedAndOtherIsAConflict() {
    var first = register.put(announcement("k", "v1", null));
    assertThat(first).isInstanceOf(Deployments.PutOutcome.Created.class);
    assertThat(first.deployment().startedAt()).isEqualTo(Instant.parse("2026-03-01T12:00:00.123Z"));
    assertThat(register.put(announcement("k", "v1", null)))
        .isEqualTo(new Deployments.PutOutcome.Unchanged(first.deployment()));
    var other = announcement("k", "v2", null);
    assertThat(register.put(other))
        .isEqualTo(new Deployments.PutOutcome.Conflict(first.deployment()));
    assertThat(first.deployment().announcement().firstDifference(other)).isEqualTo("version");
    assertThat(register.find("k")).contains(first.deployment());
    assertThat(register.newest("", "", 5)).hasSize(1);
  }

  @Test
  void put_startInTheFuture_isRefused() {
    assertThatThrownBy(() -> register.put(announcement("k", "v1", NOW.plusSeconds(61))))
        .isInstanceOf(InvalidFieldException.class)
        .hasMessageContaining("started_at: expected a time not more than a minute after");
    assertThat(register.put(announcement("k", "v1", NOW.minusSeconds(300))).deployment())
        .matches(deployment -> deployment.startedAt().equals(NOW.minusSeconds(300)));
  }

  @Test
  void series_newestOfEachColour_isShown() {
    register.put(announcement("a", "v1", NOW.minusSeconds(60)));
    register.put(announcement("b", "v2", NOW.minusSeconds(30)));
    assertThat(meters.scrape())
        .contains(
            "pharos_deployment_info{color=\"green\",env=\"production\",service=\"backend\","
                + "version=\"v2\",} 1.0")
        .doesNotContain("version=\"v1\"")
        .contains("pharos_deployments_total 2.0");
  }

  private void deploy(String key, String color, int second) {
    register.put(
        Announcements.change(
            key,
            "backend",
            "production",
            key,
            "",
            Strategy.BLUE_GREEN,
            color,
            "",
            Map.of(),
            NOW.minusSeconds(100).plusSeconds(second)));
  }

  private List<String> retired() {
    return meters
        .scrape()
        .lines()
        .filter(line -> line.startsWith("pharos_color_retired{"))
        .map(line -> line.replaceFirst(".*color=\"([a-z]+)\".*", "$1"))
        .toList();
  }

  @Test
  void color_thatNeitherServesNorIsDeployed_isRetired() {
    deploy("v1", "green", 1);
    assertThat(retired()).as("nobody knows yet which one serves").isEmpty();
    register.finish("v1", DeploymentStatus.SUCCEEDED);
    assertThat(retired()).containsExactly("blue");
    assertThat(meters.scrape())
        .contains(
            "pharos_color_retired{color=\"blue\",env=\"production\",release=\"backend/production\",} 1.0");
    deploy("v2", "blue", 2);
    assertThat(retired()).as("blue is judged").isEmpty();
    register.finish("v2", DeploymentStatus.FAILED);
    assertThat(retired()).containsExactly("blue");
    deploy("v3", "blue", 3);
    register.finish("v3", DeploymentStatus.SUCCEEDED);
    assertThat(retired()).containsExactly("green");
    deploy("v4", "green", 4);
    register.finish("v4", DeploymentStatus.ROLLED_BACK);
    assertThat(retired()).containsExactly("green");
  }

  @Test
  void finish_onlyOnce_isFinal() {
    register.put(announcement("k", "v1", null));
    assertThat(register.finish("k", DeploymentStatus.SUCCEEDED))
        .isInstanceOfSatisfying(
            Deployments.FinishOutcome.Finished.class,
            done ->
                assertThat(done.deployment().finishedAt())
                    .isEqualTo(Instant.parse("2026-03-01T12:00:00.123Z")));
    assertThat(register.finish("k", DeploymentStatus.SUCCEEDED))
        .isInstanceOf(Deployments.FinishOutcome.Unchanged.class);
    assertThat(register.finish("k", DeploymentStatus.FAILED))
        .isInstanceOf(Deployments.FinishOutcome.Conflict.class);
    assertThat(register.finish("none", DeploymentStatus.FAILED))
        .isInstanceOf(Deployments.FinishOutcome.NotFound.class);
    assertThatThrownBy(() -> register.finish("k", DeploymentStatus.IN_PROGRESS))
        .isInstanceOf(InvalidFieldException.class);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      nullValues = "-",
      value = {
        "key|/a| 1 to 200 characters A-Z",
        "service|a b| 1 to 100 characters A-Z",
        "env|-.| 1 to 100 characters A-Z",
        "version|a b| 1 to 200 printable ASCII",
        "sha|xyz| 7 to 64 hex digits",
        "color|a/b| 1 to 50 characters A-Z",
        "candidate|color=green| label matchers such as",
        "candidate|{a=\"b\"}| label matchers such as job=\"backend\",color=\"green\" without braces",
        "links.run|ftp://x/| an http or https address",
        "links.run|no address| an http or https address",
      })
  void announcement_badField_saysFieldValueAndExpectation(
      String field, String value, String expected) {
    assertThatThrownBy(
            () ->
                Announcements.change(
                    field.equals("key") ? value : "k",
                    field.equals("service") ? value : "s",
                    field.equals("env") ? value : "e",
                    field.equals("version") ? value : "v",
                    field.equals("sha") ? value : "",
                    Strategy.ROLLING,
                    field.equals("color") ? value : "",
                    field.equals("candidate") ? value : "",
                    field.startsWith("links") ? Map.of("run", value) : Map.of(),
                    null))
        .isInstanceOfSatisfying(
            InvalidFieldException.class,
            e -> {
              assertThat(e.field()).isEqualTo(field);
              assertThat(e.value()).isEqualTo(value);
              assertThat(e.expected()).startsWith(expected.strip());
            });
  }

  @Test
  void announcement_tooManyLinks_areRefused() {
    var links =
        IntStream.range(0, 21)
            .boxed()
            .collect(Collectors.toMap(i -> "l" + i, _ -> "https://example.org/"));
    assertThatThrownBy(
            () ->
                Announcements.change("k", "s", "e", "v", "", Strategy.CANARY, "", "", links, null))
        .hasMessageContaining("at most 20 links");
  }

  @Test
  void firstDifference_everyField_isFound() {
    var base = announcement("k", "v1", NOW);
    assertThat(base.firstDifference(base)).isEmpty();
    assertThat(base.firstDifference(announcement("k", "v1", null))).isEqualTo("started_at");
    String[] fields = {"service", "env", "sha", "color", "candidate"};
    for (String field : fields) {
      var other =
          Announcements.change(
              "k",
              field.equals("service") ? "x" : "backend",
              field.equals("env") ? "x" : "production",
              "v1",
              field.equals("sha") ? "abcdef0" : "",
              Strategy.BLUE_GREEN,
              field.equals("color") ? "x" : "green",
              field.equals("candidate") ? "a=\"b\"" : "",
              Map.of(),
              NOW);
      assertThat(base.firstDifference(other)).isEqualTo(field);
    }
  }

  @Test
  void words_parseBack() {
    for (Strategy strategy : Strategy.values()) {
      assertThat(Strategy.parse(strategy.text())).isEqualTo(strategy);
    }
    for (DeploymentStatus status : DeploymentStatus.values()) {
      assertThat(DeploymentStatus.parse(status.text())).isEqualTo(status);
    }
    assertThatThrownBy(() -> Strategy.parse("yolo")).hasMessageContaining("one of recreate");
    assertThatThrownBy(() -> DeploymentStatus.parse("done")).hasMessageContaining("one of in_");
  }
}
