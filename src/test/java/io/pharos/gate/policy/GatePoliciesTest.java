package io.pharos.gate.policy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.pharos.config.yaml.ConfigException;
import io.pharos.gate.GateRig;
import io.pharos.gate.deployment.Announcements;
import io.pharos.gate.deployment.Deployment;
import io.pharos.gate.deployment.Strategy;
import io.pharos.model.Sha256;
import io.pharos.promql.parser.PromqlParser;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

class GatePoliciesTest {
  private static final Path FILES = Path.of("src/test/resources/gates");

  /// The first line of every bad file is the expected error.
  @TestFactory
  Stream<DynamicTest> parse_badFile_saysWhereAndWhat() throws IOException {
    return Files.list(FILES)
        .filter(file -> file.toString().endsWith(".bad.yml"))
        .sorted()
        .map(
            file ->
                DynamicTest.dynamicTest(
                    file.getFileName().toString(),
                    () -> {
                      String expected = Files.readAllLines(file).getFirst().replaceFirst("^# ", "");
                      assertThatThrownBy(() -> GatePolicy.FILES.readAll(java.util.List.of(file)))
                          .isInstanceOf(ConfigException.class)
                          .hasMessageContaining(file + expected);
                    }));
  }

  @Test
  void parse_everyKey_isTaken() {
    var policy =
        GatePolicy.FILES.parse("backend", GateRig.POLICY).find("backend", "production").get();
    assertThat(policy.id()).isEqualTo("backend");
    assertThat(policy.version()).isEqualTo("7");
    assertThat(policy.hash()).isEqualTo(Sha256.hex(GateRig.POLICY)).hasSize(64);
    assertThat(policy.interval()).isEqualTo(Duration.ofSeconds(10));
    assertThat(policy.onInconclusive()).isEqualTo(OnInconclusive.HOLD);
    assertThat(policy.checks())
        .extracting(Check::kind)
        .containsExactly("version", "probes", "alerts", "error_bound", "latency_bound");
    assertThat(policy.checks().getLast().variables()).containsExactly("color");
  }

  @Test
  void parse_defaults_areThoseOfTheFormat() {
    var policy =
        GatePolicy.FILES
            .parse(
                "p",
                """
                version: 1
                service: s
                env: [staging, production]
                on_inconclusive: ask
                checks:
                  version: none
                  restarts: {selector: process_start_time_seconds}
                  probes: {names: p}
                  alerts: {matchers: 'service="s"', severities: [], ignore: ['alertname="W"']}
                  error_bound:
                    - {id: front, total: 't{a="b"}', bad: ['b1', 'b2{x!~"y"}'], p_max: 0.01}
                    - {id: back, total: t, bad: b, p_max: 0.02, required: false, blocking: no}
                """)
            .find("s", "staging")
            .get();
    assertThat(policy.warmup()).isEqualTo(Duration.ofMinutes(1));
    assertThat(policy.minSoak()).isEqualTo(Duration.ofMinutes(5));
    assertThat(policy.deadline()).isEqualTo(Duration.ofMinutes(30));
    assertThat(policy.maxAge()).isEqualTo(Duration.ofMinutes(1));
    assertThat(policy.passValid()).isEqualTo(Duration.ofMinutes(10));
    assertThat(policy.onInconclusive()).isEqualTo(OnInconclusive.ASK);
    assertThat(policy.checks().getFirst()).isEqualTo(new Check.UnprovenVersion("version"));
    assertThat((Check.Restarts) policy.checks().get(1)).matches(check -> check.max() == 1);
    assertThat((Check.Probes) policy.checks().get(2))
        .matches(check -> check.consecutiveOk() == 10 && check.consecutiveFailed() == 3);
    assertThat((Check.Alerts) policy.checks().get(3))
        .matches(check -> check.severities().isEmpty() && check.ignore().size() == 1);
    assertThat((Check.Bound) policy.checks().get(4)).matches(check -> check.bad().size() == 2);
    assertThat(policy.checks().get(5)).matches(check -> !check.required() && !check.blocking());
    assertThat(GatePolicy.FILES.parse("p", "{version: 1, service: s, env: [a, b]}").all())
        .hasSize(2);
  }

  @Test
  void read_twoPoliciesForOneTarget_areRefused(@TempDir Path folder) throws IOException {
    String text = "{version: 1, service: s, env: production}";
    Files.writeString(folder.resolve("a.yml"), text);
    assertThat(GatePolicy.FILES.read(folder).find("s", "production")).isPresent();
    Files.writeString(folder.resolve("b.yaml"), text);
    Files.writeString(folder.resolve("notes.txt"), "not a policy");
    assertThatThrownBy(() -> GatePolicy.FILES.read(folder))
        .isInstanceOf(ConfigException.class)
        .hasMessageContaining(
            "b.yaml:1: s in production already has a policy in a: expected at most one");
    assertThat(GatePolicy.FILES.read(folder.resolve("absent")).all()).isEmpty();
  }

  @Test
  void shippedPolicies_areValid() {
    var policies = GatePolicy.FILES.read(Path.of("gates"));
    assertThat(policies.all()).isNotEmpty();
    for (String env : new String[] {"dev", "staging", "production"}) {
      assertThat(policies.find("remotegpu", env)).isPresent();
    }
    assertThat(policies.all()).allMatch(policy -> !policy.checks().isEmpty());
    var deployment = Deployment.begin(GateRig.announcement("k", "green"), Instant.EPOCH);
    for (GatePolicy policy : policies.all()) {
      for (Check check : policy.checks()) {
        if (check instanceof Check.Bound bound) {
          for (PolicyText template : bound.templates()) {
            String selector = template.expand(deployment);
            assertThat(PromqlParser.parse(selector + "[5m]").toString()).isNotEmpty();
          }
        }
      }
    }
  }

  @Test
  void template_values_areEscapedBetweenQuotes() {
    var announcement =
        Announcements.change(
            "k",
            "s",
            "e",
            "v\"1\\",
            "",
            Strategy.CANARY,
            "green",
            "a=\"b\",c=~\"d.*\"",
            Map.of(),
            null);
    var deployment = Deployment.begin(announcement, Instant.EPOCH);
    assertThat(PolicyText.selector("x{v=\"$version\",$candidate,p=~\"a$\"}").expand(deployment))
        .isEqualTo("x{v=\"v\\\"1\\\\\",a=\"b\",c=~\"d.*\",p=~\"a$\"}");
    assertThat(
            new PolicyText("$service-$env-$color-$$x")
                .expandPlain(deployment, ComparisonSide.CANDIDATE))
        .isEqualTo("s-e-green-$x");
    assertThat(new PolicyText("up{color=\"$color\"}").expand(deployment, ComparisonSide.BASELINE))
        .isEqualTo("up{color=\"blue\"}");
  }
}
