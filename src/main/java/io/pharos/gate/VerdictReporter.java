package io.pharos.gate;

import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Reports changes of gates in metrics, in the log and in the anchors. Safe for many threads.
final class VerdictReporter {
  private static final Logger LOG = LoggerFactory.getLogger(VerdictReporter.class);

  private final MeterRegistry meterRegistry;
  private final Anchors anchors;
  private final AtomicInteger running = new AtomicInteger();

  VerdictReporter(MeterRegistry meterRegistry, Anchors anchors) {
    this.meterRegistry = meterRegistry;
    this.anchors = anchors;
    meterRegistry.gauge("pharos.gates.running", running);
  }

  /// Returns the link of the last anchor; empty if it is unknown.
  String lastAnchor() {
    return anchors.last();
  }

  void opened() {
    running.incrementAndGet();
  }

  /// Sets the metric of the number of running gates.
  void running(long count) {
    running.set((int) count);
  }

  /// Increments the counter of attempts to evaluate or end a gate, by the attempt's outcome.
  void count(String outcome) {
    meterRegistry.counter("pharos.gate.evaluations", "outcome", outcome).increment();
  }

  /// Reports that a gate changed its state or is no longer observed.
  ///
  /// @param fact the recorded fact; null if the gate has none
  void changed(GateRun before, GateRun after, @Nullable GateFact fact) {
    if (fact != null) {
      anchors.anchor(after, fact);
    }
    if (after.state() == before.state()) {
      return;
    }
    if (before.state() == GateState.PASS) {
      meterRegistry
          .counter("pharos.gate.passes.withdrawn", "service", after.service(), "env", after.env())
          .increment();
      LOG.warn("Gate {} had passed, and its pass is withdrawn: {}", after.id(), after.summary());
    }
    if (before.state() == GateState.RUNNING) {
      running.updateAndGet(n -> Math.max(0, n - 1));
    }
    if (after.state().isFinal()) {
      decided(after);
    }
  }

  private void decided(GateRun run) {
    meterRegistry
        .counter(
            "pharos.gate.verdicts",
            "service",
            run.service(),
            "env",
            run.env(),
            "state",
            run.state().name(),
            "code",
            run.code().name())
        .increment();
    Instant decidedAt = run.decidedAt();
    if (decidedAt != null) {
      Timer.builder("pharos.gate.time.to.verdict")
          .description("From the opening of a gate to its final state")
          .tags("state", run.state().name())
          .register(meterRegistry)
          .record(Duration.between(run.openedAt(), decidedAt));
    }
    LOG.info("{}: {}", run.title(), run.summary());
  }
}
