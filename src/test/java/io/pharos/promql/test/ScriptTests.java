package io.pharos.promql.test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import io.pharos.promql.engine.query.EngineOptions;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.DynamicContainer;
import org.junit.jupiter.api.DynamicTest;

/// Makes a named test of each eval of a script. The tests of a script run in its order, and each
/// brings what was loaded since the one before.
final class ScriptTests {
  /// What a test makes of an eval that ran.
  @FunctionalInterface
  interface Judge {
    void judge(PromqlScript.Eval eval, String failure);
  }

  private ScriptTests() {}

  static DynamicContainer of(String name, PromqlScript script, EngineOptions options, Judge judge) {
    var runner = new ScriptRunner(options);
    List<DynamicTest> tests = new ArrayList<>();
    var before = new ArrayList<Runnable>();
    for (PromqlScript.Command command : script.commands()) {
      switch (command) {
        case PromqlScript.Clear() -> before.add(runner::clear);
        case PromqlScript.Load load -> before.add(() -> runner.load(load));
        case PromqlScript.Eval eval -> {
          List<Runnable> pending = List.copyOf(before);
          before.clear();
          tests.add(
              dynamicTest(
                  eval.line() + ": " + eval.expression(),
                  () -> {
                    pending.forEach(Runnable::run);
                    judge.judge(eval, runner.failure(eval).orElse(""));
                  }));
        }
      }
    }
    return dynamicContainer(name, tests);
  }

  static void passes(PromqlScript.Eval eval, String failure) {
    assertThat(failure).as(eval.expression()).isEmpty();
  }
}
