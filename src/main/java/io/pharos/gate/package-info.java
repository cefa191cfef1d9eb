/// The deploy gate: decides whether a release may continue, with reasons and evidence.
///
/// [io.pharos.gate.Gate] is the pure judgement of observations. [io.pharos.gate.GateService]
/// observes, judges and stores gates, and lets callers wait; [io.pharos.gate.Gates] is its store.
/// Unknown data never makes a gate pass, and missing telemetry never makes it fail. A gate only
/// judges; the pipeline acts.
@NullMarked
package io.pharos.gate;

import org.jspecify.annotations.NullMarked;
