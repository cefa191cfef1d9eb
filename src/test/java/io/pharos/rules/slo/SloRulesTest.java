package io.pharos.rules.slo;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.parser.ParserOptions;
import io.pharos.rules.GroupSpec;
import io.pharos.rules.RuleFile;
import io.pharos.rules.RuleSpec;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SloRulesTest {
  private static Slo slo(String name, String service) {
    return new Slo(
        name,
        "",
        service,
        new BigDecimal("0.99"),
        List.of(new Signal("http", "j", "a{job=\"j\"}", "b{job=\"j\"}", false)));
  }

  private static List<RuleSpec> rules(String text) {
    return RuleFile.parse("slo.yml", text, ParserOptions.defaults()).groups().stream()
        .map(GroupSpec::rules)
        .flatMap(List::stream)
        .toList();
  }

  @Test
  void shippedRules_areWhatTheShippedObjectivesSay() throws Exception {
    try (Stream<Path> files = Files.list(Path.of("slos"))) {
      assertThat(SloRules.of(SloFile.readAll(files.toList())))
          .isEqualTo(Files.readString(Path.of("alert-rules", SloRules.FILE)));
    }
  }

  @Test
  void objectivesOfTwoServices_haveAlertsOfTheirOwn() {
    List<RuleSpec.Alerting> alerts =
        rules(SloRules.of(List.of(slo("a", "shop"), slo("b", "mail"), slo("c", "shop")))).stream()
            .filter(RuleSpec.Alerting.class::isInstance)
            .map(RuleSpec.Alerting.class::cast)
            .toList();
    assertThat(alerts)
        .extracting(alert -> alert.name() + " " + alert.labels().get("service"))
        .containsExactlyInAnyOrder(
            "SloBurnRateFast shop",
            "SloBurnRateSlow shop",
            "SloBurnRateFast mail",
            "SloBurnRateSlow mail");
    assertThat(alerts)
        .filteredOn(alert -> "mail".equals(alert.labels().get("service")))
        .allSatisfy(alert -> assertThat(alert.expression().text()).contains("{slo=\"b\"}"));
    assertThat(alerts)
        .filteredOn(alert -> "shop".equals(alert.labels().get("service")))
        .allSatisfy(alert -> assertThat(alert.expression().text()).contains("{slo=~\"a|c\"}"));
  }

  @Test
  void moreObjectives_addNoMoreRulesOverLongWindows() {
    long one = rules(SloRules.of(List.of(slo("a", "s")))).size();
    long two = rules(SloRules.of(List.of(slo("a", "s"), slo("b", "s")))).size();
    assertThat(two - one).isEqualTo(3);
  }

  @Test
  void noObjectives_giveAFileWithoutRules() {
    assertThat(rules(SloRules.of(List.of()))).isEmpty();
  }
}
