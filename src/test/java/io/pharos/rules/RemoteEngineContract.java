package io.pharos.rules;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.alerting.alert.Alert;
import io.pharos.promql.remote.EngineProcess;
import io.pharos.promql.remote.EngineUnderTest;
import io.pharos.promql.remote.WarmUpEvaluator;
import java.nio.file.Path;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A remote engine may also be unavailable: then no state changes and nothing resolves.
@Tag("peer")
abstract class RemoteEngineContract extends EngineContract {
  @TempDir Path folder;

  abstract EngineProcess process() throws Exception;

  @Override
  final EngineUnderTest start() throws Exception {
    return process();
  }

  private RuleGroup firing() {
    RuleGroup group = group("- {alert: Errors, expr: sum by (job) (errors) > 5}");
    slot(group, 5, 5);
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    return group;
  }

  private void staysFiringWhile(Consumer<EngineProcess> away, Consumer<EngineProcess> back) {
    RuleGroup group = firing();
    var process = (EngineProcess) engine;
    away.accept(process);
    slotWithoutScrape(group);
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.ERR);
    back.accept(process);
    slotWithoutScrape(group);
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(alerting(group).evaluation().lastError()).isEmpty();
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
    slot(group, 1, 1);
    assertThat(alerting(group).state()).isEqualTo(AlertState.INACTIVE);
  }

  @Test
  void engine_killedAndRestarted_leavesTheAlertFiring() {
    staysFiringWhile(EngineProcess::kill, EngineProcess::restart);
  }

  @Test
  void engine_thatDoesNotAnswer_leavesTheAlertFiring() {
    staysFiringWhile(EngineProcess::freeze, EngineProcess::thaw);
  }

  @Test
  void engine_restartedWithoutItsData_leavesTheAlertFiringAndFiresNoOther() {
    RuleGroup group =
        group(
            "- {alert: Errors, expr: sum by (job) (errors) > 5}\n"
                + "- {alert: Absent, expr: absent(errors)}",
            new WarmUpEvaluator(engine.evaluator(), () -> now));
    for (int i = 0; i < 4; i++) {
      slot(group, 5, 5);
    }
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    sent.clear();
    var process = (EngineProcess) engine;
    process.kill();
    process.loseData();
    process.restart();

    for (int i = 0; i < 4; i++) {
      slotWithoutScrape(group);
      assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
      assertThat(alerting(group).evaluation().lastError()).contains("has lost samples");
    }
    for (int i = 0; i < 6; i++) {
      slot(group, 5, 5);
    }
    assertThat(alerting(group).evaluation().health()).isEqualTo(RuleHealth.OK);
    assertThat(alerting(group).state()).isEqualTo(AlertState.FIRING);
    assertThat(sent).isNotEmpty().allMatch(alert -> alert.name().equals("Errors"));
    assertThat(sent).allMatch(alert -> alert.endsAt().isAfter(now));
    sent.clear();
    slot(group, 1, 1);
    assertThat(sent).extracting(Alert::endsAt).containsExactly(now);
  }
}
