package io.pharos.ruletest;

import io.pharos.promql.value.Evaluator;
import io.pharos.storage.Queryable;
import java.time.Duration;

final class TestEngine {
  private TestEngine() {}

  static Evaluator over(Queryable storage, Duration interval) {
    throw new UnsupportedOperationException(storage + " " + interval);
  }
}
