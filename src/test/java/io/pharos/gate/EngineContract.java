package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.gate.judge.ReasonCode;
import io.pharos.promql.remote.EngineUnderTest;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// A verdict must not depend on the engine that the gate asks.
abstract class EngineContract {
  EngineUnderTest engine;
  GateRig rig;

  abstract EngineUnderTest start() throws Exception;

  @BeforeEach
  void startEngine() throws Exception {
    engine = start();
    rig = new GateRig(new EngineTelemetry(engine));
  }

  @AfterEach
  void stopEngine() {
    if (engine != null) {
      engine.close();
    }
  }

  @Test
  void goodRelease_passes() {
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.PASS);
  }

  @Test
  void errorsAboveTheBound_fail() {
    rig.badPerScrape = 8;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.FAIL);
    assertThat(end.code()).isEqualTo(ReasonCode.ERROR_BOUND);
    var check = GateRig.check(end, "error_bound");
    assertThat(check.bad()).isEqualTo(check.total() / 5);
  }

  @Test
  void candidateThatIsNotScraped_isInconclusive() {
    rig.scraping = false;
    var end = rig.toTheEnd(rig.open());
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.INCONCLUSIVE);
  }

  @Test
  void candidateKilledAfterItsPass_hasNoneAnyMore() {
    var passed = rig.toTheEnd(rig.open());
    assertThat(passed.state()).as(passed.summary()).isEqualTo(GateState.PASS);
    rig.scraping = false;
    rig.step();
    rig.end();
    rig.world.quiet(rig.clock.instant());
    rig.tick();
    var withdrawn = rig.now(passed);
    assertThat(withdrawn.state()).as(withdrawn.summary()).isEqualTo(GateState.RUNNING);
    assertThat(GateRig.check(withdrawn, "version").code()).isEqualTo(ReasonCode.GONE);
    assertThat(GateRig.check(withdrawn, "error_bound").code()).isEqualTo(ReasonCode.GONE);
  }
}
