package io.pharos.gate;

import static org.assertj.core.api.Assertions.assertThat;

import io.pharos.promql.remote.EngineProcess;
import io.pharos.promql.remote.EngineUnderTest;
import java.nio.file.Path;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A remote engine may be unavailable: then there is no verdict.
@Tag("peer")
abstract class RemoteEngineContract extends EngineContract {
  @TempDir Path folder;

  abstract EngineProcess process() throws Exception;

  @Override
  final EngineUnderTest start() throws Exception {
    return process();
  }

  @Test
  void engineKilledOnTheWay_isInconclusiveAtTheDeadline() {
    var run = rig.open();
    for (int i = 0; i < 6; i++) {
      rig.step();
      rig.tick();
    }
    assertThat(rig.now(run).state()).isEqualTo(GateState.RUNNING);
    ((EngineProcess) engine).kill();
    rig.scraping = false;
    rig.probing = false;
    var end = rig.toTheEnd(run);
    assertThat(end.state()).as(end.summary()).isEqualTo(GateState.INCONCLUSIVE);
  }
}
