package io.pharos.gate;

import io.pharos.promql.remote.EngineProcess;

class VictoriaMetricsEngineTest extends RemoteEngineContract {
  @Override
  EngineProcess process() throws Exception {
    return EngineProcess.victoriaMetrics(folder);
  }
}
