package io.pharos.rules;

import io.pharos.promql.remote.EngineUnderTest;

class EmbeddedEngineTest extends EngineContract {
  @Override
  EngineUnderTest start() {
    return EngineUnderTest.embedded();
  }
}
