package io.pharos.gate;

import io.pharos.promql.remote.EngineProcess;

class PrometheusEngineTest extends RemoteEngineContract {
  @Override
  EngineProcess process() throws Exception {
    return EngineProcess.prometheus(folder);
  }
}
