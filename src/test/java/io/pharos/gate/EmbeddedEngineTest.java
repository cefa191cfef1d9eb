package io.pharos.gate;

import io.pharos.promql.remote.EngineUnderTest;

class EmbeddedEngineTest extends EngineContract {
  @Override
  EngineUnderTest start() {
    return EngineUnderTest.embedded();
  }
}
