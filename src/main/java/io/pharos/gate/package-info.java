/// The deploy gate: whether a release may go on, answered with reasons and evidence.
///
/// [io.pharos.gate.Gate] is the pure judgement of what was observed; [io.pharos.gate.GateService]
/// observes, judges, stores and lets callers wait. What the gate needs from others stands here as
/// ports: [io.pharos.gate.FiringAlerts], [io.pharos.gate.CandidateProbes], [io.pharos.gate.Gates].
/// Unknown is a state of its own and never becomes a pass; trouble with telemetry never becomes a
/// failure. The gate judges, the pipeline acts.
@NullMarked
package io.pharos.gate;

import org.jspecify.annotations.NullMarked;
